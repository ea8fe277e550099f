"""What the hook answers."""

from lhp.plugin.testing import capture_events

from lhp_%key%.plugin import Hook


def test_errors_are_told():
    with capture_events(Hook()) as events:
        events.emit("pipeline.error", pipeline="bronze", error={"message": "no value"})
    assert [effect["message"] for effect in events.effects] == ["pipeline bronze has an error: no value"]


def test_other_events_are_not():
    with capture_events(Hook()) as events:
        events.emit("pipeline.start", pipeline="bronze")
    assert events.effects == []
