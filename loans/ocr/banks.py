"""Which bank a card is of: printed on it, else told by the first digits of its number (BIN)."""

import re
from collections.abc import Sequence

#: Well-known first digits of debit cards. A number that is not among them is not wrong, its bank is only unknown.
_BINS = {
    "622202": "中国工商银行",
    "622203": "中国工商银行",
    "622208": "中国工商银行",
    "621226": "中国工商银行",
    "621225": "中国工商银行",
    "955880": "中国工商银行",
    "622848": "中国农业银行",
    "622845": "中国农业银行",
    "622846": "中国农业银行",
    "623052": "中国农业银行",
    "621700": "中国建设银行",
    "622700": "中国建设银行",
    "621661": "中国银行",
    "621660": "中国银行",
    "456351": "中国银行",
    "622262": "交通银行",
    "622260": "交通银行",
    "622588": "招商银行",
    "622609": "招商银行",
    "621483": "招商银行",
    "622188": "中国邮政储蓄银行",
    "621098": "中国邮政储蓄银行",
    "622690": "中信银行",
    "622622": "中国民生银行",
    "622908": "兴业银行",
    "622521": "上海浦东发展银行",
    "622660": "中国光大银行",
    "622630": "华夏银行",
    "622155": "平安银行",
}
_PRINTED = re.compile("[\u4e00-\u9fff]{2,12}银行")
_PRINTED_SCORE = 0.6
_KNOWN_BY_NUMBER = 0.9


def bank_of(number: str, printed: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The bank's name and how sure that is; printed and told by the number is surest."""
    by_number = _BINS.get(number[:6], "")
    names = [(found[0], score) for text, score in printed if (found := _PRINTED.search(text))]
    for name, score in names:
        if by_number and (name in by_number or by_number in name):
            return by_number, max(score, _KNOWN_BY_NUMBER)
    if names:
        name, score = max(names, key=lambda each: each[1])
        return name, min(score, _PRINTED_SCORE) if by_number else score
    return by_number, _KNOWN_BY_NUMBER if by_number else 0.0
