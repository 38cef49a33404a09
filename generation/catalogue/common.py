"""Modes and parameters that several models share, so that they read the same everywhere."""

from .faults import gettext_noop as _
from .kinds import Band, Choice, Decimal, Image, Integer, Option, Parameter, Seed, Text
from .loras import Loras
from .model import Mode

TEXT2IMAGE = Mode("text2image", _("Text to image"), _("Text"), _("An image from the prompt alone."))
IMAGE2IMAGE = Mode("image2image", _("Image to image"), _("Image"), _("Change or improve an image of yours."))
TEXT2VIDEO = Mode("text2video", _("Text to video"), _("Text"), _("A video from the prompt alone."))
IMAGE2VIDEO = Mode("image2video", _("Image to video"), _("Image"), _("Animate an image of yours."))
FIRST_LAST = Mode(
    "first_last", _("First and last frame"), _("First+Last"), _("A video that leads from one image to another.")
)
ARBITRARY = Mode(
    "arbitrary", _("Keyframes"), _("Keyframes"), _("A video through any number of images at given frames.")
)

REFERENCE_MODES = frozenset({IMAGE2IMAGE.id, IMAGE2VIDEO.id})
GUIDED_VIDEO_MODES = frozenset({IMAGE2VIDEO.id, FIRST_LAST.id, ARBITRARY.id})

PROMPT = Text(
    id="prompt",
    label=_("Prompt"),
    help=_("Describe scene, action, light and style; for video also motion and camera."),
)
NEGATIVE_PROMPT = Text(
    id="negative_prompt",
    label=_("Negative prompt"),
    help=_("What must not appear. Use it against artefacts."),
    default="",
    advanced=True,
    asks=False,
)
LORAS = Loras(
    id="loras",
    label=_("LoRA"),
    help=_(
        "Small files that change what the model draws: a style, a figure, a motion. 0 leaves one out, 1 is all of it."
    ),
    advanced=True,
)
SEED = Seed(
    id="seed",
    label=_("Seed"),
    help=_(
        "-1 draws a new one. The same seed and parameters give the same result; fix it to compare one other parameter."
    ),
)
REFERENCE_IMAGE = Image(
    id="reference_image",
    label=_("Reference image"),
    help=_("PNG, JPG or WebP. It is cropped to the chosen width and height."),
    modes=REFERENCE_MODES,
)
FIRST_FRAME = Image(
    id="first_frame",
    label=_("First frame"),
    help=_("The image the video starts with."),
    modes=frozenset({FIRST_LAST.id}),
)
LAST_FRAME = Image(
    id="last_frame", label=_("Last frame"), help=_("The image the video ends with."), modes=frozenset({FIRST_LAST.id})
)
NUM_FRAMES = Integer(
    id="num_frames",
    label=_("Frames"),
    help=_("The video has exactly this many frames. More frames take longer."),
    minimum=16,
    maximum=161,
    default=81,
)
FPS = Choice(
    id="fps",
    label=_("Frames per second"),
    help=_("How fast it plays: the duration is frames / fps."),
    options=(Option(8, "8"), Option(16, "16"), Option(24, "24")),
    default=16,
)
REFERENCE_STRENGTH = Decimal(
    id="reference_strength",
    label=_("Reference strength"),
    help=_("How strictly the video follows its images. Start at 0.85."),
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    default=0.85,
    modes=GUIDED_VIDEO_MODES,
    bands=(Band(0.35, _("loose")), Band(0.75, _("balanced")), Band(1.0, _("strict"))),
)
BATCH_SIZE = Integer(
    id="batch_size",
    label=_("Variants"),
    help=_("How many to make with the same parameters, on seeds that count up from the first."),
    minimum=1,
    maximum=8,
    default=1,
)
IMAGE_FORMAT = Choice(
    id="output_format",
    label=_("Output format"),
    help=_("The file that is kept. PNG is exact; JPG is smaller."),
    options=(Option("png", "PNG"), Option("jpg", "JPG", ("jpeg",))),
    default="png",
    advanced=True,
)
JPG_QUALITY = Integer(
    id="quality",
    label=_("JPG quality"),
    help=_("How closely a JPG keeps to the picture: a higher one is closer and larger. A PNG has no such choice."),
    minimum=50,
    maximum=100,
    default=95,
    advanced=True,
    only_with=(IMAGE_FORMAT.id, "jpg"),
)
VIDEO_FORMAT = Choice(
    id="output_format",
    label=_("Output format"),
    help=_("The file that is kept. MP4 plays everywhere, WebM is open, GIF has few colours and no exact timing."),
    options=(Option("mp4", "MP4"), Option("webm", "WebM"), Option("gif", "GIF")),
    default="mp4",
    advanced=True,
)


def size(default: int) -> tuple[Choice, Choice]:
    """Width and height in pixels: any pair of the three."""
    options = tuple(Option(pixels, str(pixels)) for pixels in (512, 768, 1024))
    return (
        Choice(id="width", label=_("Width"), help=_("In pixels."), options=options, default=default),
        Choice(id="height", label=_("Height"), help=_("In pixels."), options=options, default=default),
    )


def denoising_strength(mode: str, default: float, words: tuple[str, str, str], help: str) -> Decimal:
    """How much of the source may change: `words` name 0.0–0.3, 0.4–0.7 and 0.8–1.0."""
    return Decimal(
        id="denoising_strength",
        label=_("Denoising strength"),
        help=help,
        minimum=0.0,
        maximum=1.0,
        step=0.05,
        default=default,
        modes=frozenset({mode}),
        bands=tuple(Band(up_to, word) for up_to, word in zip((0.35, 0.75, 1.0), words, strict=True)),
    )


IMAGE_DENOISING = denoising_strength(
    IMAGE2IMAGE.id,
    0.65,
    (_("retouch"), _("recommended"), _("remake")),
    _("How much of the image may change; 0 gives it back as it is. Start at 0.65."),
)
VIDEO_DENOISING = denoising_strength(
    IMAGE2VIDEO.id,
    0.7,
    (_("hardly"), _("moderately"), _("strongly")),
    _("How much the source may change on its way through the video."),
)


def image_steps(default: int) -> Integer:
    return Integer(
        id="steps",
        label=_("Steps"),
        help=_("How many times the picture is refined. More steps take longer."),
        minimum=10,
        maximum=50,
        default=default,
        bands=(Band(20, _("quick")), Band(39, _("best")), Band(50, _("slow"))),
    )


def fixed_steps(count: int) -> Integer:
    return Integer(
        id="steps",
        label=_("Steps"),
        help=_("Fixed: this model was distilled for exactly this many."),
        minimum=count,
        maximum=count,
        default=count,
        pinned=True,
        advanced=True,
    )


def sampler(*names: str, default: str) -> Choice:
    return Choice(
        id="sampler",
        label=_("Sampler"),
        help=_("The algorithm that removes the noise. Each gives a different picture from the same seed."),
        options=tuple(Option(name, name) for name in names),
        default=default,
        advanced=True,
    )


IMAGE_HEAD: tuple[Parameter, ...] = (PROMPT, NEGATIVE_PROMPT, LORAS, REFERENCE_IMAGE, IMAGE_DENOISING, *size(1024))
IMAGE_TAIL: tuple[Parameter, ...] = (SEED, BATCH_SIZE, IMAGE_FORMAT, JPG_QUALITY)
VIDEO_HEAD: tuple[Parameter, ...] = (PROMPT, NEGATIVE_PROMPT, LORAS, REFERENCE_IMAGE, FIRST_FRAME, LAST_FRAME)
VIDEO_SHAPE: tuple[Parameter, ...] = (*size(512), NUM_FRAMES, FPS, REFERENCE_STRENGTH, VIDEO_DENOISING)
VIDEO_TAIL: tuple[Parameter, ...] = (SEED, BATCH_SIZE, VIDEO_FORMAT)
