"""What a bundle's name tells of its edition, licence, protocol and language; None or doubt where it does not.

Amazon's names follow a scheme and can be taken by the word. A custom bundle is called whatever
somebody liked: a word that may mean Microsoft Office, or may not, leaves the edition unknown.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from migrator.domain.systems import plain


class Edition(StrEnum):
    """With Microsoft Office (Plus) or without."""

    STANDARD = "standard"
    PLUS = "plus"


_READ = re.IGNORECASE | re.ASCII

_OTHER_OFFICE = re.compile(
    r"\b(?:libre|open|only|wps|free|polaris|soft\s?maker)[\s-]*office\b"
    r"|\b(?:notepad|paint)\s*(?:\+\+|plus)|\bc\s*\+\+",
    _READ,
)
_WITHOUT = re.compile(r"\b(?:without|w/o|no|non|not|excluding|excl\.?|minus)[\s-]*", _READ)
_OFFICE = (
    # Office with its year or plan, or with its maker.
    r"(?:(?:microsoft|ms)[\s-]*office\b(?:\s*(?:20(?:10|13|16|19|21|24)|365))?"
    r"|\boffice[\s-]*(?:20(?:10|13|16|19|21|24)|365|ltsc|pro\s?plus|professional)\b"
    r"|\b(?:microsoft|ms|m)[\s-]*365\b|\bo365\b"
    # "with Windows 10 and Office", and "with Office" where nothing follows that it could belong to.
    r"|\bwin(?:dows)?\s*\d+(?:\s*\([^)]*\))?\s*(?:with|and|&|\+)\s*office\b(?!\s+(?!and\b|for\b|20)[a-z])"
    r"|\b(?:with|incl(?:uding|udes|\.)?|has)\s+office\b(?!\s+(?!and\b|for\b)[a-z]))"
)
_COMPUTE = (
    r"(?:value|standard|performance|power|powerpro|graphics(?:pro)?(?:[.\s]?g\d\w*)?|general\s*purpose\S*)"
)
_PLUS = (
    rf"(?:\b{_COMPUTE}[\s-]+plus\b|\bplus\s+(?:bundle|edition)\b"
    r"|(?-i:\b(?:Plus|PLUS)\b)(?=\s*(?:$|[\d(\[,;:/-]|with\b|win(?:dows)?\b|bundle\b|desktop\b)))"
)
_CERTAIN = re.compile(rf"{_OFFICE}|{_PLUS}", _READ)
_CERTAINLY_NOT = re.compile(rf"{_WITHOUT.pattern}(?:(?:microsoft|ms)[\s-]*)?(?:office|plus|365)\b", _READ)
_NO_LONGER = re.compile(
    r"(?:office|plus|365)\b[^,;()]*\b(?:removed|uninstalled|excluded|not\s+included|retired|expired)\b", _READ
)
_PERHAPS = re.compile(
    r"\boffice\b|\bplus\b|\b365\b|オフィス|오피스"
    # Run together (ProPlus, BackOffice), by its parts, or by a sign.
    r"|(?-i:[a-z]Plus\b|[a-z]Office\b|\bOffice[A-Z])|\b(?:excel|powerpoint|outlook)\b"
    r"|\b(?:value|standard|performance|power|powerpro)\+",
    _READ,
)


def edition_from_name(name: str, *, public: bool) -> tuple[Edition | None, bool]:
    """The edition, and whether the name says it in so many words.

    (STANDARD, False): it mentions neither Plus nor Office. (None, False): nobody can tell, such as
    for "Office of the CFO".
    """
    text = _OTHER_OFFICE.sub(" ", plain(name))
    if public:
        return (Edition.PLUS, True) if _PERHAPS.search(text) else (Edition.STANDARD, False)
    if _CERTAINLY_NOT.search(text):
        rest = _CERTAINLY_NOT.sub(" ", text)
        return (None, False) if _PERHAPS.search(rest) else (Edition.STANDARD, True)
    if _NO_LONGER.search(text):
        return None, False
    if _CERTAIN.search(text):
        return Edition.PLUS, True
    return (None, False) if _PERHAPS.search(text) else (Edition.STANDARD, False)


def names_office(application: str) -> bool:
    """Whether an application's name is that of Microsoft Office."""
    return edition_from_name(application, public=False)[0] is Edition.PLUS


_BYOL = re.compile(r"\bbyol\b|\bbring your own licen[cs]e\b", _READ)
_NOT_BYOL = re.compile(rf"{_WITHOUT.pattern}(?:byol\b|bring your own)", _READ)


def says_byol(name: str) -> bool:
    """Whether the name says that the Windows licence is the customer's own."""
    text = plain(name)
    return bool(_BYOL.search(text)) and not _NOT_BYOL.search(text)


_PROTOCOLS = (
    (re.compile(r"\bwsp\b|\bdcv\b", _READ), "WSP"),
    (re.compile(r"\bpcoip\b", _READ), "PCOIP"),
    (re.compile(r"\bbyop\b", _READ), "BYOP"),
)


def protocol_from_name(name: str) -> str | None:
    """PCOIP, WSP (which is called DCV now) or BYOP; None when the name tells none, or two."""
    text = plain(name)
    told = {protocol for pattern, protocol in _PROTOCOLS if pattern.search(text)}
    return told.pop() if len(told) == 1 else None


_LANGUAGES = {
    "english": "en_US",
    "japanese": "ja_JP",
    "korean": "ko_KR",
    "french": "fr_FR",
    "french (canadian)": "fr_CA",
    "german": "de_DE",
    "italian": "it_IT",
    "spanish": "es_ES",
    "portuguese": "pt_BR",
    "portuguese (brazil)": "pt_BR",
    "chinese": "zh_CN",
    "日本語": "ja_JP",
    "한국어": "ko_KR",
}
_LANGUAGE = re.compile(
    "(?<![a-z])(" + "|".join(map(re.escape, sorted(_LANGUAGES, key=len, reverse=True))) + r")(?![a-z])",
    _READ,
)
_LOCALE = re.compile(
    r"\b(en[_-](?:US|GB)|ja[_-]JP|ko[_-]KR|fr[_-](?:FR|CA)|de[_-]DE|it[_-]IT|es[_-](?:ES|MX)"
    r"|pt[_-](?:BR|PT)|zh[_-](?:CN|TW)|nl[_-]NL)(?![A-Za-z])",
    re.ASCII,
)


def language_from_name(name: str) -> str | None:
    """The language such as ja_JP; None when the name tells none, or two."""
    told = {_LANGUAGES[word.lower()] for word in _LANGUAGE.findall(plain(name))}
    spelled = unicodedata.normalize("NFKC", name)
    told |= {locale.replace("-", "_") for locale in _LOCALE.findall(spelled)}
    return told.pop() if len(told) == 1 else None
