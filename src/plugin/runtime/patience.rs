//! When a plugin is not asked any more: faults go in, the decision to give up comes out.
//!
//! What the decision depends on is the same for every number of threads: faults are counted within one batch, whose actions
//! are always the same. Only time-outs, which no machine has exactly alike, are counted for the whole run.

use super::Fault;
use super::remote::CallError;

/// So many faults are enough.
const ENOUGH: u32 = 3;

/// Counts the faults of a batch.
#[derive(Debug, Default)]
pub(in crate::plugin) struct Patience {
    faults: u32,
    last: Option<Fault>,
}

impl Patience {
    /// Fails if there were enough faults.
    pub fn check(&self) -> Result<(), Fault> {
        match &self.last {
            Some(last) if self.faults >= ENOUGH => Err(Fault::given_up(last)),
            _ => Ok(()),
        }
    }

    /// Counts a fault after which another process must be started, or which took long.
    pub fn note(&mut self, fault: &Fault) {
        let counts = matches!(
            fault,
            Fault::Crashed { .. }
                | Fault::Timeout { .. }
                | Fault::OutOfFuel { .. }
                | Fault::TooLarge { .. }
                | Fault::Malformed { .. }
        );
        if counts {
            self.faults += 1;
            self.last = Some(fault.clone());
        }
    }
}

/// The outcomes of requests that are sent in one go. `attempt` sends those that are left, and gives the outcomes up to the
/// first fault, and at least one; those after it are tried again, until there were enough faults.
pub(super) fn ask_all<R, T>(
    requests: &[R],
    mut attempt: impl FnMut(&[R]) -> Result<Vec<Result<T, CallError>>, CallError>,
) -> Vec<Result<T, CallError>> {
    let mut patience = Patience::default();
    let mut outcomes = Vec::with_capacity(requests.len());
    while let Some(rest) = requests.get(outcomes.len()..).filter(|rest| !rest.is_empty()) {
        if let Err(given_up) = patience.check() {
            outcomes.extend(rest.iter().map(|_| Err(given_up.clone().into())));
            break;
        }
        match attempt(rest) {
            Ok(answered) => outcomes.extend(answered),
            Err(error) => outcomes.push(Err(error)),
        }
        if let Some(Err(CallError::Fault(fault))) = outcomes.last() {
            patience.note(fault);
        }
    }
    outcomes
}

/// Counts the time-outs of a run.
#[derive(Debug, Default)]
pub(super) struct Overdue(Patience);

impl Overdue {
    /// Fails if there were enough of them.
    pub fn check(&self) -> Result<(), Fault> {
        self.0.check()
    }

    /// Counts a fault, if it is a time-out.
    pub fn note(&mut self, fault: &Fault) {
        if let Fault::Timeout { .. } = fault {
            self.0.note(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_faults_of_a_batch_are_enough() {
        let mut patience = Patience::default();
        patience.note(&Fault::NoEntry { detail: "it costs nothing".to_owned() });
        for number in 0..3 {
            assert_eq!(patience.check(), Ok(()));
            patience.note(&Fault::crashed(format!("crash {number}")));
        }
        assert_eq!(patience.check(), Err(Fault::GivenUp { cause: Box::new(Fault::crashed("crash 2")) }));
    }

    #[test]
    fn only_time_outs_count_for_a_whole_run() {
        let mut overdue = Overdue::default();
        for _ in 0..3 {
            overdue.note(&Fault::crashed("a"));
            assert_eq!(overdue.check(), Ok(()));
            overdue.note(&Fault::timeout(7));
        }
        assert_eq!(overdue.check(), Err(Fault::GivenUp { cause: Box::new(Fault::timeout(7)) }));
    }
}
