//! Dates as Python prints them inside lists and mappings.

/// Python's `repr()` of the date or date-time whose `str()` is given; the text itself if it is neither.
pub(super) fn date_repr(text: &str) -> String {
    parse(text).unwrap_or_else(|| text.to_owned())
}

fn parse(text: &str) -> Option<String> {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = numbers(date, '-')?;
    let Some(time) = time else {
        return Some(format!("datetime.date({})", join(&fields)));
    };
    let (clock, zone) = match time.find(['+', '-']) {
        Some(at) => (time.get(..at)?, Some(time.get(at..)?)),
        None => (time, None),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = numbers(clock, ':')?;
    if !fraction.is_empty() {
        clock.push(format!("{fraction:0<6}").parse().ok()?);
    }
    // Seconds and microseconds are left out when they and everything after them are zero.
    while clock.len() > 2 && clock.last() == Some(&0) {
        clock.pop();
    }
    fields.append(&mut clock);
    let zone = match zone {
        Some(zone) => format!(", tzinfo={}", zone_repr(zone)?),
        None => String::new(),
    };
    Some(format!("datetime.datetime({}{zone})", join(&fields)))
}

fn zone_repr(zone: &str) -> Option<String> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let seconds: i64 = numbers(zone.get(1..)?, ':')?.iter().zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum();
    Some(match sign * seconds {
        0 => "datetime.timezone.utc".to_owned(),
        east @ 1.. => format!("datetime.timezone(datetime.timedelta(seconds={east}))"),
        west => format!("datetime.timezone(datetime.timedelta(days=-1, seconds={}))", west + 86_400),
    })
}

fn numbers(text: &str, separator: char) -> Option<Vec<i64>> {
    text.split(separator).map(|part| part.parse().ok()).collect()
}

fn join(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
