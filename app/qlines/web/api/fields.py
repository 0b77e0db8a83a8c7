"""Fields of bodies and queries that accept exactly their type; errors contain the rule."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from qlines.store.device_rules import MAX_TAG_CHARACTERS

MAX_SEARCH_CHARACTERS = 200
MAX_MS = 4_102_444_800_000  # the year 2100


def whole_number(low: int, high: int, **kwargs: Any) -> fields.Integer:
    """Return a field for a whole number within bounds: 5 in a body, "5" in a query."""
    rule = f"must be a whole number from {low} to {high}"
    return fields.Integer(
        validate=validate.Range(low, high, error=f"{rule}, got {{input}}"),
        error_messages={"invalid": rule, "null": rule, "too_large": rule},
        **kwargs,
    )


def one_of(*words: str, **kwargs: Any) -> fields.String:
    """Return a field for one of these words."""
    error = f"must be one of {', '.join(words)}, got {{input}}"
    return fields.String(validate=validate.OneOf(words, error=error), **kwargs)


def search_text() -> fields.String:
    """Return the field for what devices are searched for; empty by default."""
    # MongoDB refuses an expression with NUL in it.
    no_nul = validate.ContainsNoneOf("\0", error="must not contain the character NUL")
    length = validate.Length(max=MAX_SEARCH_CHARACTERS)
    return fields.String(load_default="", validate=[length, no_nul])


def tag_filter() -> fields.String:
    """Return the field for the tag that devices must have; empty, for any, by default."""
    return fields.String(load_default="", validate=validate.Length(max=MAX_TAG_CHARACTERS))


class WholeNumber(fields.Integer):
    """A whole number in a JSON body: not "5", 5.0 or true."""

    def _validated(self, value: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return super()._validated(value)


def milliseconds(**kwargs: Any) -> WholeNumber:
    """Return the field for a time in a JSON body."""
    error = "must be milliseconds since 1970, got {input}"
    return WholeNumber(validate=validate.Range(0, MAX_MS, error=error), **kwargs)


class JsonNumber(fields.Float):
    """A number in a JSON body: not "5" or true."""

    def _validated(self, value: Any) -> float:
        if type(value) not in (int, float):
            raise ValidationError(f"must be a number, got {value!r}")
        number: float = value  # a whole number stays one
        return number


class TrueOrFalse(fields.Boolean):
    """true or false in a JSON body: not "yes" or 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"must be true or false, got {value!r}")
        return value


class Keys(fields.Field[list[str]]):
    """Telemetry keys separated by commas, without duplicates."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        return [key for key in dict.fromkeys(str(value).split(",")) if key]


# When only what is critical may disturb: two times such as 22:00 in a zone such as Europe/Berlin.
# Made from a dictionary, because `from` is a word of Python.
QuietHoursSchema: type[Schema] = Schema.from_dict(
    {name: fields.String(required=True) for name in ("zone", "from", "to")}, name="QuietHours"
)


class ProblemFieldSchema(Schema):
    """A field, and the rule that its value breaks."""

    field = fields.String()
    reason = fields.String()


class ProblemSchema(Schema):
    """An error in the format of RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(fields.Nested(ProblemFieldSchema))
