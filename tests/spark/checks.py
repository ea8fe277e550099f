"""Compares and prints: `ok` or `FAIL` and a description, one line for each check."""


class Checks:
    def __init__(self):
        self.failures = 0

    def equal(self, what, measure, wanted):
        """Compares what `measure` returns with `wanted`; an error while measuring is a failure of this check only."""
        try:
            found = measure()
        except Exception as problem:
            found = f"{type(problem).__name__}: {problem}"
        if found == wanted:
            print(f"ok    {what}", flush=True)
        else:
            self.failures += 1
            print(f"FAIL  {what}: found {found!r:.600}, wanted {wanted!r:.600}", flush=True)

    def done(self, what, action):
        """Checks that an action ends without an error. Says whether it did."""
        try:
            action()
        except Exception as problem:
            self.failures += 1
            text = " ".join(f"{type(problem).__name__}: {problem}".split())
            print(f"FAIL  {what}: {text:.600}", flush=True)
            return False
        print(f"ok    {what}", flush=True)
        return True


def in_order(rows):
    """Rows as tuples, in an order of their own."""
    return sorted((tuple(row) for row in rows), key=repr)
