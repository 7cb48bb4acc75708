"""Numbers the French way, and back.

Pure functions: ``1234.5`` is written ``1 234,5`` with a narrow no-break space
between thousands (from five digits on, or with decimals from four), a decimal
comma, a true minus sign and powers of ten instead of ``e``.
"""

from __future__ import annotations

import re

NARROW = "\u202f"  #: narrow no-break space
MINUS = "\u2212"
NUMBER = re.compile(r"[-+]?\d[\d_,]*(?:\.\d*)?(?:[eE][-+]?\d+)?%?")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
RAISED = "[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+"
STATED = re.compile(rf"(?P<mantissa>[-+]?\d[\d ]*(?:[.,]\d+)?)(?:×10(?P<ten>{RAISED})|(?P<power>{RAISED})|[eE](?P<e>[-+]?\d+))?")
SPACES = re.compile("[\u00a0\u202f\u2009]")


def group(digits: str) -> str:
    """``12345`` → ``12 345``; four digits stay together."""
    if len(digits) < 5:
        return digits
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", NARROW, digits)


def french_number(text: str) -> str:
    """One number, as Python's ``format`` wrote it, in French typography."""
    percent = text.endswith("%")
    mantissa, _, exponent = text.rstrip("%").replace(",", "").replace("_", "").lower().partition("e")
    sign = mantissa[0] if mantissa[0] in "+-" else ""
    whole, _, decimals = mantissa.lstrip("+-").partition(".")
    written = sign.replace("-", MINUS) + group(whole) + ("," + decimals if decimals else "")
    if exponent:
        power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
        written = f"{written}\u00a0×\u00a0{power}"
    return written + (f"{NARROW}%" if percent else "")


def french(text: str) -> str:
    """Every number of a text in French typography."""
    text = text.replace("nan", "non défini").replace("inf", "∞") if text.strip(" -+") in ("nan", "inf") else text
    return NUMBER.sub(lambda found: french_number(found[0]), text)


def python_number(text: str) -> str:
    """The first number of a French text, written for Python, or ``""``; a decimal point and an exponent are understood too.

    ``"64,4 %"`` → ``"64.4"``; ``"1,2 × 10⁻³"`` → ``"1.2e-3"``; ``"10⁻³"`` → ``"1e-3"``; a power of anything else is not a number.
    """
    plain = re.sub(r"^–(?=\d)", "-", SPACES.sub("", text).replace(MINUS, "-").strip())
    found = STATED.search(re.sub(r"\s*×\s*", "×", plain))
    if not found or (found["power"] and found["mantissa"] != "10"):
        return ""
    exponent = (found["ten"] or found["power"] or found["e"] or "").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    mantissa = "1" if found["power"] else found["mantissa"].replace(" ", "").replace(",", ".")
    return mantissa + (f"e{exponent}" if exponent else "")
