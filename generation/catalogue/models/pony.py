from ..common import IMAGE2IMAGE, IMAGE_HEAD, IMAGE_TAIL, TEXT2IMAGE, image_steps, sampler
from ..estimates import image_seconds
from ..faults import gettext_noop as _
from ..kinds import Band, Decimal, Integer
from ..model import Model, Source

MODEL = Model(
    id="pony",
    name="Pony V6 XL",
    type="image",
    family="sdxl",
    tagline=_("anime illustration"),
    help=_("An SDXL model for anime and illustration. It knows thousands of tags and follows them closely."),
    position=1,
    modes=(TEXT2IMAGE, IMAGE2IMAGE),
    parameters=(
        *IMAGE_HEAD,
        image_steps(30),
        Decimal(
            id="cfg_scale",
            label=_("CFG scale"),
            help=_("How strictly the picture follows the prompt. Above 15 usually hurts."),
            minimum=1,
            maximum=20,
            step=0.5,
            default=6.0,
            bands=(
                Band(3.5, _("free")),
                Band(8.5, _("recommended")),
                Band(15, _("strict")),
                Band(20, _("risk of artefacts"), warning=True),
            ),
        ),
        sampler("Euler a", "DPM++ 2M Karras", "DPM++ SDE Karras", default="Euler a"),
        Integer(
            id="clip_skip",
            label=_("CLIP skip"),
            help=_("Which layer of the text encoder is read, counted from the end: 2 is the standard for this model."),
            minimum=1,
            maximum=4,
            default=2,
            advanced=True,
            bands=(Band(1, _("most literal")), Band(2, _("standard")), Band(4, _("more abstract"))),
        ),
        *IMAGE_TAIL,
    ),
    source=Source(
        repo="LyliaEngine/Pony_Diffusion_V6_XL",
        file="ponyDiffusionV6XL_v6StartWithThisOne.safetensors",
        config_repo="stabilityai/stable-diffusion-xl-base-1.0",
        licence="Fair AI Public License 1.0-SD",
    ),
    estimate=image_seconds,
)
