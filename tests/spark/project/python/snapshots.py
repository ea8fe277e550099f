"""Hands out snapshots of the fleet, one for each call."""


def next_snapshot(latest, *, folder):
    return None
