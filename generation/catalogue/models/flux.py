from ..common import IMAGE2IMAGE, IMAGE_HEAD, IMAGE_TAIL, TEXT2IMAGE, image_steps, sampler
from ..estimates import image_seconds
from ..faults import gettext_noop as _
from ..kinds import Band, Decimal
from ..model import Model, Source

MODEL = Model(
    id="flux",
    name="Flux.1 dev",
    type="image",
    family="flux",
    tagline=_("photorealism"),
    help=_("A large flow model for photographs and realistic scenes. It reads whole sentences."),
    position=2,
    modes=(TEXT2IMAGE, IMAGE2IMAGE),
    parameters=(
        *IMAGE_HEAD,
        image_steps(25),
        Decimal(
            id="guidance_scale",
            label=_("Guidance scale"),
            help=_("How strictly the picture follows the prompt."),
            minimum=1,
            maximum=10,
            step=0.1,
            default=3.5,
            bands=(Band(2.9, _("free")), Band(5.9, _("recommended")), Band(10, _("strict"))),
        ),
        sampler("Euler", "Euler a", "DPM++ 2M", default="Euler"),
        *IMAGE_TAIL,
    ),
    source=Source(repo="black-forest-labs/FLUX.1-dev", licence="FLUX.1 [dev] Non-Commercial License"),
    estimate=image_seconds,
)
