"""What the answer of a mail server means for a message; pure."""

import re

from qlines.messengers import result
from qlines.messengers.message import one_line, shortened
from qlines.messengers.result import Result

FINAL = 500  # and above it (RFC 5321 4.2.1)
# RFC 3463: class, subject and detail, at the beginning of the text.
STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?![.\d])")
LIMIT = re.compile(r"(limit|quota)\b.*\bexceeded|exceeded\b.*\b(limit|quota)", re.IGNORECASE)


def of_answer(host: str, code: int, text: bytes | str) -> Result:
    """Return what an answer means that is not about the receiver."""
    words = one_line(text.decode(errors="replace") if isinstance(text, bytes) else text)
    sentence = f"the mail server {host} answered {code} {shortened(words, 200)}"
    is_final = code >= FINAL and not is_passing(words)
    answer = result.refused(sentence) if is_final else result.retry(sentence)
    return answer._replace(is_receivers=False)


def is_passing(words: str) -> bool:
    """Return whether an answer, by its text, says that the mail may be taken later.

    Providers answer 550 when we have sent too much today, with the status of congestion, which is
    never final (X.4.5, as Gmail's "5.4.5 Daily user sending limit exceeded"), or of their policy
    (X.7.X, as Exchange's "5.7.233 … exceeded its daily limit").
    """
    found = STATUS.match(words)
    if found is None:
        return False
    kind, subject, detail = found.groups()
    is_limit = subject == "7" and LIMIT.search(words) is not None
    return kind == "4" or (subject, detail) == ("4", "5") or is_limit
