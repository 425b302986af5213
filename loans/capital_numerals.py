"""Amounts in the capital numerals (大写) of contracts and vouchers, which cannot be altered by a stroke."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(amount: Decimal) -> str:
    """The amount in yuan as it is written out: 105,000.50 → 壹拾万零伍仟元零伍角.

    Raises ValueError for a negative amount, one finer than the fen, or ten quadrillion and more."""
    if amount < 0 or amount != amount.quantize(Decimal("0.01")) or amount >= Decimal(10) ** 16:
        raise ValueError("an amount in whole fen, not negative, below ten quadrillion yuan")
    yuan, fen = divmod(int(amount * 100), 100)
    return f"{_whole(yuan)}元{_fraction(fen, after_zero=yuan % 10 == 0 and yuan > 0)}"


def _whole(yuan: int) -> str:
    """The whole yuan; one 零 stands for any run of zeros between digits."""
    written, gap = "", False
    for index in reversed(range(len(_GROUPS))):
        group = yuan // 10_000**index % 10_000
        if group == 0:
            gap = bool(written)
            continue
        needs_zero = bool(written) and (gap or group < 1000)
        written += ("零" if needs_zero else "") + _four_digits(group) + _GROUPS[index]
        gap = group % 10 == 0
    return written or "零"


def _four_digits(group: int) -> str:
    written, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit == 0:
            gap = bool(written)
            continue
        written += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return written


def _fraction(fen: int, *, after_zero: bool) -> str:
    jiao, rest = divmod(fen, 10)
    if not fen:
        return "整"
    written = f"{_DIGITS[jiao]}角" if jiao else ""
    written += f"{_DIGITS[rest]}分" if rest else ""
    return ("零" if after_zero or not jiao else "") + written
