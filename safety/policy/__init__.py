"""What may be asked for in words. Sexual content with anybody under age is refused, always. Pure."""

from .judging import Context, Lists, Rule, Verdict, has_words, judge, judge_output
from .refusal import Refused, refuse

__all__ = ["Context", "Lists", "Refused", "Rule", "Verdict", "has_words", "judge", "judge_output", "refuse"]
