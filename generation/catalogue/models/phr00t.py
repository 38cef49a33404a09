from ..common import FIRST_LAST, IMAGE2VIDEO, TEXT2VIDEO, VIDEO_HEAD, VIDEO_SHAPE, VIDEO_TAIL, fixed_steps
from ..estimates import video_seconds
from ..faults import gettext_noop as _
from ..kinds import Choice, Decimal, Option
from ..model import Model, Source

MODEL = Model(
    id="phr00t",
    name="Phr00t WAN 2.2",
    type="video",
    family="wan_vace",
    tagline=_("realistic motion"),
    help=_("Wan 2.2 Rapid All-in-One: photorealistic motion in four steps, from text or images."),
    position=2,
    modes=(TEXT2VIDEO, IMAGE2VIDEO, FIRST_LAST),
    parameters=(
        *VIDEO_HEAD,
        *VIDEO_SHAPE,
        Choice(
            id="lighting_variant",
            label=_("Lighting variant"),
            help=_("Low: clean, even light. High: grain and dramatic light."),
            options=(Option("Low Noise", _("Low noise"), ("low",)), Option("High Noise", _("High noise"), ("high",))),
            default="Low Noise",
        ),
        Decimal(
            id="cfg_scale",
            label=_("CFG scale"),
            help=_("Fixed: this model was distilled to need no guidance."),
            minimum=1.0,
            maximum=1.0,
            default=1.0,
            pinned=True,
            advanced=True,
        ),
        fixed_steps(4),
        *VIDEO_TAIL,
    ),
    source=Source(
        repo="Phr00t/WAN2.2-14B-Rapid-AllInOne",
        file="Mega-v12/wan2.2-rapid-mega-aio-v12.safetensors",
        config_repo="Wan-AI/Wan2.1-VACE-14B-diffusers",
        licence="Apache-2.0",
    ),
    estimate=video_seconds,
)
