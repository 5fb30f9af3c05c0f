"""Numbers as people read them in Norwegian: decimal comma, a true minus sign, and how sure they are."""

import math

from training.evaluation.bootstrap import Interval


def number_text(number: float, *, decimals: int = 3) -> str:
    """Write a number, "−0,120"; nothing is minus nothing."""
    text = _norwegian(f"{number:.{decimals}f}")
    return text if text.strip("−0,") else text.removeprefix("−")


def signed_text(number: float, *, decimals: int = 3) -> str:
    """Write a difference, which has its sign also where it is above zero: "+0,012"."""
    return ("+" if number >= 0 else "") + number_text(number, decimals=decimals)


def significant_text(number: float) -> str:
    """Write three digits and no idle zeros, as axes do."""
    return _norwegian(f"{number:.3g}")


def exact_text(number: float) -> str:
    """Write a limit with every digit it was given: "0,005"."""
    return _norwegian(str(number))


def tiny_text(number: float) -> str:
    """Write an error far below one by its power of ten: "1,2e−10"."""
    return _norwegian(f"{number:.1e}")


def of_100_text(share: float, *, decimals: int = 1) -> str:
    """Write a share (0..1) as so many of 100, "12,3"."""
    return number_text(100 * share, decimals=decimals)


def percent_text(share: float, *, decimals: int = 1) -> str:
    """Write a share (0..1) with its percent sign, "12,3 %"."""
    return f"{of_100_text(share, decimals=decimals)} %"


def interval_text(interval: Interval | None, *, decimals: int = 3) -> str | None:
    """Write a figure with its interval, "0,784 (0,771–0,796)"; None where there is none to tell."""
    if interval is None or math.isnan(interval.value):
        return None
    value, low, high = (
        number_text(number, decimals=decimals) for number in (interval.value, interval.low, interval.high)
    )
    if math.isnan(interval.low):
        return value
    between = " til " if interval.low < 0 else "–"  # a dash beside a minus sign cannot be read
    return f"{value} ({low}{between}{high})"


def share_text(interval: Interval | None) -> str | None:
    """Write a share (0..1) with its interval as so many of 100, "3,4 (3,1–3,8)"."""
    if interval is None:
        return None
    return interval_text(Interval(100 * interval.value, 100 * interval.low, 100 * interval.high), decimals=1)


def _norwegian(text: str) -> str:
    return text.replace(".", ",").replace("-", "−")
