from ..common import (
    ARBITRARY,
    FIRST_LAST,
    IMAGE2VIDEO,
    TEXT2VIDEO,
    VIDEO_HEAD,
    VIDEO_SHAPE,
    VIDEO_TAIL,
    fixed_steps,
)
from ..estimates import video_seconds
from ..faults import gettext_noop as _
from ..kinds import Band, Decimal, Keyframes
from ..model import Model, Source

MODEL = Model(
    id="anisora",
    name="AniSora V3.2",
    type="video",
    family="wan_keyframes",
    tagline=_("anime motion"),
    help=_("A Wan 2.2 model for anime motion. It was made to animate images: text to video runs it without one."),
    position=1,
    modes=(TEXT2VIDEO, IMAGE2VIDEO, FIRST_LAST, ARBITRARY),
    parameters=(
        *VIDEO_HEAD,
        Keyframes(
            id="keyframes",
            label=_("Keyframes"),
            help=_("Images at frames of your choice. This model places them at multiples of 8."),
            modes=frozenset({ARBITRARY.id}),
            stride=8,
        ),
        *VIDEO_SHAPE,
        Decimal(
            id="motion_score",
            label=_("Motion score"),
            help=_("How much moves."),
            minimum=0.0,
            maximum=5.0,
            step=0.1,
            default=3.0,
            bands=(Band(1.7, _("almost still")), Band(3.7, _("natural")), Band(5.0, _("fast"))),
        ),
        Decimal(
            id="guidance_scale",
            label=_("Guidance scale"),
            help=_(
                "How strictly the video follows the prompt. The model was tuned for 1.0; others take twice as long."
            ),
            minimum=0.0,
            maximum=10.0,
            step=0.1,
            default=1.0,
            advanced=True,
            bands=(Band(0.9, _("creative")), Band(3.0, _("balanced")), Band(10.0, _("strict"))),
        ),
        fixed_steps(8),
        *VIDEO_TAIL,
    ),
    source=Source(
        repo="IndexTeam/Index-anisora",
        file="V3.2/*",
        config_repo="Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        licence="Apache-2.0",
    ),
    estimate=video_seconds,
)
