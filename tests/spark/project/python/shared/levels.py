"""The invented level of a gauge."""

LEVELS = (1.5, 2.25, 3.0, 2.25)


def level_at(hour):
    return LEVELS[hour % len(LEVELS)]
