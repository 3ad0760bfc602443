"""A small calculator language: numbers, + - * / ^ mod, %, !, functions, constants. Never Python's eval.

Whole numbers and decimals are exact fractions, so 0.1 + 0.2 is 0.3; only roots, logarithms and the like are
floating point. Length, nesting, exponents and the size of numbers are bounded, so no input is costly.
Evaluating also gives the expression back in a uniform notation, for the answer.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

Number = Fraction | float

_MAX_LENGTH = 500
_MAX_DEPTH = 50
_MAX_BITS = 14_000  # about 4,200 digits
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)|(?P<name>[a-z]+\d*)|(?P<sign>[-+*/^(),!%°]))"
)
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])")
_SCALES = {"dozen": 12, "hundred": 100, "k": 10**3, "thousand": 10**3} | {
    "million": 10**6, "billion": 10**9, "trillion": 10**12
}  # fmt: skip
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
_BINARY = {"+": 10, "-": 10, "*": 20, "/": 20, "mod": 20, "of": 20, "^": 30}
_UNARY = 25
_AFTER_PERCENT = ("of", "mod")


class ExpressionError(ValueError):
    """The text is no expression; the message says where it stops making sense."""


class UndefinedResult(ArithmeticError):
    """The expression is well formed but has no (representable) result."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value and the notation that gave it. `percent` marks "15%", which + and - treat as a share."""

    value: Number
    text: str
    percent: bool = False


def evaluate(text: str) -> Term:
    """Evaluate an expression; raises ExpressionError or UndefinedResult."""
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(f"it is longer than {_MAX_LENGTH} characters")
    reader = _Reader(_tokens(text.lower()))
    term = reader.expression(0)
    if reader.next is not None:
        raise ExpressionError(f"{reader.next!r} is not understood there")
    return term


def _tokens(text: str) -> list[str]:
    if (
        re.search(r"(?:pow|mod|log|root|round|gcd|lcm|min|max|sum|avg|average|mean|median) ?\(", text) is None
    ):  # outside calls a comma groups digits or is decimal
        text = _GROUPED.sub(lambda match: match[0].replace(",", ""), text)
        text = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", text)
    tokens: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"{text[position:].strip()[:20]!r} is not understood")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


class _Reader:
    """A precedence-climbing parser that evaluates as it reads."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def next(self) -> str | None:
        """The token to come, None at the end."""
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self) -> str:
        token = self.next
        if token is None:
            raise ExpressionError("it ends too early")
        self._position += 1
        return token

    def expression(self, floor: int) -> Term:
        """Read operators that bind tighter than `floor`."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpressionError("it is nested too deeply")
        left = self._postfix(self._operand())
        while (operator := self._operator()) is not None:
            binding = _BINARY[operator]
            if binding <= floor:
                break
            if self.next == operator:
                self._take()
            right = self.expression(binding - 1 if operator == "^" else binding)
            left = _combine(operator, left, right)
        self._depth -= 1
        return left

    def _operator(self) -> str | None:
        token = self.next
        if token in _BINARY:
            return token
        starts_operand = token is not None and (token == "(" or (token[0].isalpha() and token not in _SCALES))
        return "*" if starts_operand else None  # 2pi, 3(4 + 5)

    def _operand(self) -> Term:
        token = self._take()
        if token in ("-", "+"):
            inner = self.expression(_UNARY)
            return Term(-inner.value, f"-{inner.text}", inner.percent) if token == "-" else inner
        if token == "(":
            inner = self.expression(0)
            self._close()
            return Term(inner.value, f"({inner.text})")
        if token[0].isdigit() or token[0] == ".":
            return Term(Fraction(token), token)
        if token in _CONSTANTS:
            return Term(_CONSTANTS[token], token)
        if (function := _function(token)) is not None:
            return self._call(token, *function)
        raise ExpressionError(f"{token!r} is not understood")

    def _close(self) -> None:
        if self._take() != ")":
            raise ExpressionError("a closing parenthesis is missing")

    def _call(self, name: str, low: int, high: int, function: Callable[..., Number]) -> Term:
        if self.next != "(":
            if self.next == "of":
                self._take()
            arguments = [self.expression(_UNARY)]
        else:
            self._take()
            arguments = [self.expression(0)]
            while self.next == ",":
                self._take()
                arguments.append(self.expression(0))
            self._close()
        if not low <= len(arguments) <= high:
            raise ExpressionError(f"{name} does not take {len(arguments)} values")
        value = _safely(lambda: function(*(argument.value for argument in arguments)))
        return Term(value, f"{name}({', '.join(argument.text for argument in arguments)})")

    def _postfix(self, term: Term) -> Term:
        while (token := self.next) is not None:
            if token == "!":
                term = Term(_safely(partial(_factorial, term.value)), f"{term.text}!")
            elif token == "°":
                term = Term(float(term.value) * math.pi / 180, f"{term.text}°")
            elif token == "%":
                following = self._tokens[self._position + 1 : self._position + 2]
                if (
                    following
                    and (following[0] == "(" or following[0][0].isalnum())
                    and following[0] not in _AFTER_PERCENT
                ):
                    self._tokens[self._position] = "mod"  # "17 % 5" is a remainder
                    return term
                term = Term(term.value / 100, f"{term.text}%", percent=True)
            elif token in _SCALES:
                value = term.value * _SCALES[token]
                term = Term(value, str(value) if isinstance(value, Fraction) else f"{value:g}")
            else:
                return term
            self._take()
        return term


def _combine(operator: str, left: Term, right: Term) -> Term:
    joint = "^" if operator == "^" else f" {operator} "
    text = f"{left.text}{joint}{right.text}"
    if operator in ("+", "-") and right.percent and not left.percent:  # 80 + 15% is 92
        share = left.value * right.value
        return Term(_safely(lambda: left.value + share if operator == "+" else left.value - share), text)
    return Term(_safely(lambda: _apply(operator, left.value, right.value)), text)


def _apply(operator: str, left: Number, right: Number) -> Number:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*" | "of":
            return left * right
        case "/":
            return left / right
        case "mod":
            return left % right
        case _:
            return _power(left, right)


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if size * abs(exponent.numerator) > _MAX_BITS and abs(base) not in (0, 1):
            raise OverflowError
        return base**exponent.numerator if abs(base) != 1 else base ** (exponent.numerator % 2)
    result = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise UndefinedResult("it has no real result")
    return result


def _safely(compute: Callable[[], Number]) -> Number:
    """Compute one step; raises UndefinedResult for what has no result or is out of bounds."""
    try:
        value = compute()
    except ZeroDivisionError as error:
        raise UndefinedResult("division by zero has no result") from error
    except OverflowError as error:
        raise UndefinedResult("the result is too large") from error
    except ValueError as error:
        raise UndefinedResult("it has no real result") from error
    if isinstance(value, Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
            raise UndefinedResult("the result is too large")
        return value
    if not math.isfinite(value):
        raise UndefinedResult("the result is too large")
    return value


def _whole_number(value: Number) -> int:
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    raise UndefinedResult("that needs whole numbers")


def _factorial(value: Number) -> Number:
    number = _whole_number(value)
    if number < 0:
        raise UndefinedResult("the factorial of a negative number has no result")
    if number > 1_000:
        raise OverflowError
    return Fraction(math.factorial(number))


def _root(value: Number, degree: Number = Fraction(2)) -> Number:
    number = _whole_number(degree)
    if not 1 <= number <= 1_000:
        raise UndefinedResult("the degree of a root lies between 1 and 1000")
    if value < 0:
        if number % 2 == 0:
            raise UndefinedResult("it has no real result")
        return -_root(-value, degree)
    if isinstance(value, Fraction):
        top, bottom = _whole_root(value.numerator, number), _whole_root(value.denominator, number)
        if top**number == value.numerator and bottom**number == value.denominator:
            return Fraction(top, bottom)
    exact_to_the_last_digit = {2: math.sqrt, 3: math.cbrt}.get(number)
    return exact_to_the_last_digit(value) if exact_to_the_last_digit else float(value) ** (1 / number)


def _whole_root(value: int, degree: int) -> int:
    """The largest whole number whose power does not exceed `value`."""
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    return low


def _round(value: Number, places: Number = Fraction(0)) -> Number:
    """Round half away from zero, as people do."""
    factor = 10 ** max(min(_whole_number(places), 30), -30)
    scaled = Fraction(value) * factor
    nearest = math.floor(abs(scaled) + Fraction(1, 2))
    return Fraction(nearest if scaled >= 0 else -nearest) / factor


def _trig(function: Callable[[float], float]) -> Callable[[Number], float]:
    def compute(value: Number) -> float:
        result = function(float(value))
        return 0.0 if abs(result) < 1e-15 else result

    return compute


def _average(*values: Number) -> Number:
    return sum(values, Fraction(0)) / len(values)


def _median(*values: Number) -> Number:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _log(value: Number, base: Number = Fraction(10)) -> Number:
    result = (
        math.log10(value) if base == 10 else math.log2(value) if base == 2 else math.log(value, float(base))
    )
    if isinstance(value, Fraction) and isinstance(base, Fraction):
        nearest = round(result)
        size = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
        if size * abs(nearest) <= _MAX_BITS and base**nearest == value:
            return Fraction(nearest)
    return result


def _function(name: str) -> tuple[int, int, Callable[..., Number]] | None:
    """How many values a function takes, at least and at most, and what it does; log3 and root4 are known."""
    if match := re.fullmatch(r"(log|root)(\d{1,4})", name):
        degree = Fraction(match[2])
        return 1, 1, lambda value: _FUNCTIONS[match[1]][2](value, degree)
    return _FUNCTIONS.get(name)


_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Number]]] = {
    "sqrt": (1, 1, _root),
    "cbrt": (1, 1, lambda value: _root(value, Fraction(3))),
    "root": (1, 2, _root),
    "abs": (1, 1, lambda value: abs(value)),
    "round": (1, 2, _round),
    "floor": (1, 1, lambda value: Fraction(math.floor(value))),
    "ceil": (1, 1, lambda value: Fraction(math.ceil(value))),
    "exp": (1, 1, lambda value: math.exp(value)),
    "ln": (1, 1, lambda value: math.log(value)),
    "log": (1, 2, _log),
    "pow": (2, 2, _power),
    "mod": (2, 2, lambda left, right: left % right),
    "sin": (1, 1, _trig(math.sin)),
    "cos": (1, 1, _trig(math.cos)),
    "tan": (1, 1, _trig(math.tan)),
    "asin": (1, 1, _trig(math.asin)),
    "acos": (1, 1, _trig(math.acos)),
    "atan": (1, 1, _trig(math.atan)),
    "factorial": (1, 1, _factorial),
    "gcd": (2, 9, lambda *values: Fraction(math.gcd(*map(_whole_number, values)))),
    "lcm": (2, 9, lambda *values: Fraction(math.lcm(*map(_whole_number, values)))),
    "min": (1, 99, lambda *values: min(values)),
    "max": (1, 99, lambda *values: max(values)),
    "sum": (1, 99, lambda *values: sum(values, Fraction(0))),
    "avg": (1, 99, _average),
    "average": (1, 99, _average),
    "mean": (1, 99, _average),
    "median": (1, 99, _median),
}
