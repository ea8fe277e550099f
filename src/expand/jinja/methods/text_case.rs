//! Changes of case that differ from upper and lower case.

/// Python's `str.title`: a word is a run of letters, so an apostrophe starts a new one.
pub(super) fn title_case(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        if inside {
            titled.extend(character.to_lowercase());
        } else {
            titled.extend(character.to_uppercase());
        }
        inside = is_cased(character);
    }
    titled
}

/// Python's `str.istitle`: upper case at the start of each run of letters and lower case inside, and a letter at all.
pub(super) fn is_title(text: &str) -> bool {
    let mut inside = false;
    let mut any = false;
    for character in text.chars() {
        if (character.is_uppercase() && inside) || (character.is_lowercase() && !inside) {
            return false;
        }
        inside = is_cased(character);
        any |= inside;
    }
    any
}

/// Python's `str.swapcase`.
pub(super) fn swap_case(text: &str) -> String {
    let mut swapped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_uppercase() {
            swapped.extend(character.to_lowercase());
        } else {
            swapped.extend(character.to_uppercase());
        }
    }
    swapped
}

/// Python's `str.casefold`, for every letter whose folding is its lower case, and for the German sharp s.
pub(super) fn fold_case(text: &str) -> String {
    text.to_lowercase().replace('ß', "ss").replace('ς', "σ")
}

fn is_cased(character: char) -> bool {
    character.is_lowercase() || character.is_uppercase()
}
