//! Work and time of a call: whatever is done for it is charged, by itself or by its host.
//!
//! Fuel is the same on every machine, so it is charged first; time counts only where there is fuel left.

use std::time::{Duration, Instant};

use wasmi::{AsContextMut, Caller, Error, TypedResumableCall, WasmResults};

use super::faults::{CallFault, Stop, fault_of};
use super::guest::{Bounds, State};

/// Fuel that is given at once; between two portions the clock is looked at.
const PORTION: u64 = 10_000_000;

/// What it costs to ask the host for something, whatever it is. Every byte that goes in or out costs one unit more.
pub(super) const CALL: u64 = 1_000;

/// What a call may still use.
pub(super) struct Meter {
    /// Fuel that was not given yet.
    reserve: u64,
    started: Instant,
    time: Duration,
}

impl Meter {
    /// The meter of a call that starts now.
    pub fn new(bounds: Bounds) -> Self {
        Self { reserve: 0, started: Instant::now(), time: bounds.time }
    }

    /// The time that is left.
    pub fn time(&self) -> Duration {
        self.time.saturating_sub(self.started.elapsed())
    }

    /// Ends the call if its time is up.
    fn check_time(&self) -> Result<(), CallFault> {
        if self.started.elapsed() > self.time { Err(CallFault::Timeout) } else { Ok(()) }
    }
}

/// Fuel that is left.
pub(super) fn fuel(context: &mut impl AsContextMut<Data = State>) -> u64 {
    let context = context.as_context_mut();
    context.get_fuel().unwrap_or(0).saturating_add(context.data().meter.reserve)
}

/// Gives so much fuel, one portion at once.
pub(super) fn refuel(context: &mut impl AsContextMut<Data = State>, fuel: u64) {
    let mut context = context.as_context_mut();
    let portion = fuel.min(PORTION);
    // Fuel is metered by every engine that is made here.
    let _ = context.set_fuel(portion);
    context.data_mut().meter.reserve = fuel - portion;
}

/// Takes fuel for what the host does.
pub(super) fn charge(caller: &mut Caller<'_, State>, units: u64) -> Result<(), Error> {
    let left = fuel(caller);
    refuel(caller, left.saturating_sub(units));
    if units > left {
        return Err(Stop::with(CallFault::OutOfFuel));
    }
    caller.data().meter.check_time().map_err(Stop::with)
}

/// The units for some bytes.
pub(super) fn units(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Runs a function to its end, one portion of fuel after the other.
pub(super) fn finish<T: WasmResults>(
    context: &mut impl AsContextMut<Data = State>,
    begun: Result<TypedResumableCall<T>, Error>,
) -> Result<T, CallFault> {
    let mut state = begun;
    loop {
        match state {
            Ok(TypedResumableCall::Finished(value)) => return Ok(value),
            Ok(TypedResumableCall::HostTrap(trap)) => return Err(fault_of(trap.host_error())),
            Ok(TypedResumableCall::OutOfFuel(pause)) => {
                let needed = pause.required_fuel();
                let left = fuel(context);
                let given = context.as_context_mut().get_fuel().unwrap_or(0);
                if left < needed || left == given {
                    return Err(CallFault::OutOfFuel);
                }
                context.as_context_mut().data().meter.check_time()?;
                let portion = given.saturating_add(PORTION).max(needed).min(left);
                let mut inner = context.as_context_mut();
                let _ = inner.set_fuel(portion);
                inner.data_mut().meter.reserve = left - portion;
                state = pause.resume(context.as_context_mut());
            }
            Err(error) => return Err(fault_of(&error)),
        }
    }
}
