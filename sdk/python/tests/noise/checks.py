"""Generators that have something to say before their code is asked for."""

from lhp.core.base_generator import BaseActionGenerator


class Checks(BaseActionGenerator):
    def generate(self, action, context):
        return "x = 1\n"


class Nothing(Checks):
    def validate(self, action, context):
        return None


class Awaited(Checks):
    async def validate(self, action, context):
        return [{"message": "waited"}]


class Listed(Checks):
    def validate(self, action, context):
        return ("first", {"message": "second"})


class Yields(Checks):
    def validate(self, action, context):
        yield "one"
        yield {"message": "two", "severity": "warning"}


class Refuses(Checks):
    def validate(self, action, context):
        return False


class Number(Checks):
    def validate(self, action, context):
        return 7


class Coroutines(Checks):
    def validate(self, action, context):
        async def late():
            return "late"

        return [late()]


class Half(Checks):
    def validate(self, action, context):
        return [0.5]


class Raises(Checks):
    def validate(self, action, context):
        raise ValueError("no")
