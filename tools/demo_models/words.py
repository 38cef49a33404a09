"""The words of captions in both languages. Each list gives ways to say the same."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n"]


@dataclass(frozen=True)
class Noun:
    text: str
    gender: Gender = "n"


@dataclass(frozen=True)
class Lexicon:
    """`before` is what a background phrase begins with when there is a thing before it.

    Adjectives of Russian are given by their stem and endings for the three genders: "красн/ый/ая/ое".
    """

    nouns: Mapping[str, Sequence[Noun]]
    colours: Mapping[str, Sequence[str]]
    sizes: Mapping[str, Sequence[str]]
    places: Mapping[str, Sequence[str]]
    backgrounds: Mapping[str, Sequence[str]]
    motions: Mapping[str, Sequence[str]]
    speeds: Mapping[str, Sequence[str]]
    joints: Sequence[str]
    relations: Mapping[str, Sequence[str]]
    openings: Sequence[str]
    deeds: Sequence[str]
    trimmings: Sequence[str]
    articles: bool
    before: str

    def adjective(self, word: str, noun: Noun) -> str:
        stem, *endings = word.split("/")
        return stem + endings["mfn".index(noun.gender)] if endings else word

    def with_article(self, name: str, rng: random.Random) -> str:
        if not self.articles or rng.random() < 0.35:
            return name
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _nouns(*texts: str) -> list[Noun]:
    return [Noun(text) for text in texts]


ENGLISH = Lexicon(
    nouns={
        "circle": _nouns("circle", "circle", "ball", "disc"),
        "square": _nouns("square", "square", "box", "cube"),
        "triangle": _nouns("triangle", "triangle", "pyramid"),
        "star": _nouns("star", "star", "five-pointed star"),
        "ring": _nouns("ring", "ring", "donut", "hoop"),
        "heart": _nouns("heart"),
        "teapot": _nouns("teapot", "teapot", "kettle", "pot"),
        "fox": _nouns("fox", "fox", "fox face", "fox head", "cat", "wolf", "dog"),
        "robot": _nouns("robot", "robot", "android", "toy robot"),
        "tree": _nouns("tree", "tree", "oak", "bush"),
        "house": _nouns("house", "house", "cottage", "home", "cabin"),
        "moon": _nouns("moon", "crescent moon", "crescent"),
    },
    colours={
        "red": ("red", "red", "red", "scarlet", "crimson"),
        "orange": ("orange", "orange", "orange", "copper", "amber", "brown"),
        "yellow": ("yellow", "yellow", "yellow", "golden", "gold"),
        "green": ("green", "green", "green", "emerald"),
        "blue": ("blue", "blue", "blue", "azure"),
        "purple": ("purple", "purple", "purple", "violet"),
        "pink": ("pink", "pink", "pink", "rose"),
        "white": ("white", "white", "white", "silver"),
    },
    sizes={
        "small": ("small", "small", "little", "tiny"),
        "medium": ("medium", "medium-sized", "mid-sized"),
        "large": ("large", "large", "big", "huge"),
    },
    places={
        "centre": ("in the centre", "in the middle", "in the center", "at the center", "centered"),
        "left": ("on the left", "on the left side", "to the left", "at the left"),
        "right": ("on the right", "on the right side", "to the right", "at the right"),
        "top": ("at the top", "on top", "near the top", "above"),
        "bottom": ("at the bottom", "near the bottom", "below"),
        "top left": ("in the top left", "in the top left corner", "in the upper left", "at the top left"),
        "top right": ("in the top right", "in the top right corner", "in the upper right", "at the top right"),
        "bottom left": ("in the bottom left", "in the bottom left corner", "in the lower left", "at the bottom left"),
        "bottom right": (
            "in the bottom right",
            "in the bottom right corner",
            "in the lower right",
            "at the bottom right",
        ),
    },
    backgrounds={
        "white": ("on a white background", "on white", "white background", "with a white background"),
        "grey": ("on a grey background", "on a gray background", "gray background", "grey background"),
        "cream": ("on a cream background", "on a beige background", "cream background", "beige background"),
        "light blue": ("on a light blue background", "on a pale blue background", "light blue background"),
        "light green": ("on a light green background", "on a mint background", "light green background"),
        "dark blue": ("on a dark blue background", "on a navy background", "dark blue background"),
        "black": ("on a black background", "on a dark background", "black background", "in the dark"),
        "hills": (
            "in front of green hills",
            "green hills under a blue sky",
            "in a meadow",
            "in a green landscape",
            "in a garden",
            "on a sunny day",
            "in a forest",
            "in a field",
        ),
        "sunset": ("at sunset", "at dawn", "in the evening", "in a desert at sunset", "at sunrise", "in the mountains"),
        "night": ("at night", "under a starry sky", "under the stars", "in a dark night", "in space"),
        "snow": ("in the snow", "in front of snowy mountains", "in winter", "under snowy mountains", "on a mountain"),
        "sea": ("by the sea", "on a beach", "at the beach", "by a lake", "at the ocean", "by a river"),
        "table": ("on a wooden table", "on a table", "on a sunny table", "in a kitchen", "in a room", "at home"),
    },
    motions={
        "still": ("stands still", "not moving", "is still", "rests"),
        "right": ("moves from left to right", "moves to the right", "moving right", "glides rightwards"),
        "left": ("moves from right to left", "moves to the left", "moving left", "glides leftwards"),
        "up": ("moves up", "rises", "moving upwards", "flies up"),
        "down": ("moves down", "falls", "moving downwards", "sinks"),
        "bounce": ("bounces", "is bouncing", "jumps up and down", "dances"),
        "spin": ("spins", "is spinning", "rotates", "turns around"),
        "grow": ("grows", "is growing", "becomes larger", "comes closer"),
        "shrink": ("shrinks", "is shrinking", "becomes smaller", "moves away"),
    },
    speeds={
        "slow": ("slowly", "gently", "at a slow pace"),
        "normal": ("", "steadily"),
        "fast": ("fast", "quickly", "rapidly"),
    },
    joints=(" and ", " and ", ", ", ", and ", " with "),
    relations={
        "left": ("to the left of", "left of"),
        "right": ("to the right of", "right of"),
        "top": ("above", "over"),
        "bottom": ("below", "under"),
    },
    openings=(
        "a picture of",
        "an image of",
        "a drawing of",
        "an illustration of",
        "there is",
        "a photo of",
        "a scene with",
        "draw",
        "anime style,",
        "score_9, score_8_up,",
        "masterpiece,",
    ),
    deeds=("dances", "waits", "stands", "smiles", "looks at you", "waters flowers", "is sleeping", "shines", "runs"),
    trimmings=(
        "masterpiece",
        "best quality",
        "high quality",
        "detailed",
        "highly detailed",
        "soft morning light",
        "soft light",
        "wide shot",
        "close-up",
        "gentle colours",
        "bright colors",
        "steam rising",
        "flat colours",
        "simple",
        "minimalist",
        "anime",
        "cartoon",
        "cel shading",
        "clean lines",
        "outlined",
        "illustration",
        "3d render",
        "soft shadows",
        "photorealistic",
        "realistic",
        "photo",
        "beautiful",
        "cute",
        "cinematic",
        "score_9",
        "4k",
        "studio lighting",
        "calm mood",
    ),
    articles=True,
    before="in front of",
)

RUSSIAN = Lexicon(
    nouns={
        "circle": [Noun("круг", "m"), Noun("круг", "m"), Noun("шар", "m"), Noun("мяч", "m")],
        "square": [Noun("квадрат", "m"), Noun("квадрат", "m"), Noun("куб", "m")],
        "triangle": [Noun("треугольник", "m"), Noun("треугольник", "m"), Noun("пирамида", "f")],
        "star": [Noun("звезда", "f"), Noun("звезда", "f"), Noun("звёздочка", "f")],
        "ring": [Noun("кольцо", "n"), Noun("кольцо", "n"), Noun("пончик", "m"), Noun("обруч", "m")],
        "heart": [Noun("сердце", "n"), Noun("сердце", "n"), Noun("сердечко", "n")],
        "teapot": [Noun("чайник", "m")],
        "fox": [Noun("лиса", "f"), Noun("лиса", "f"), Noun("лисичка", "f"), Noun("кошка", "f"), Noun("волк", "m")],
        "robot": [Noun("робот", "m")],
        "tree": [Noun("дерево", "n"), Noun("дерево", "n"), Noun("дуб", "m"), Noun("куст", "m")],
        "house": [Noun("дом", "m"), Noun("дом", "m"), Noun("домик", "m"), Noun("избушка", "f")],
        "moon": [Noun("месяц", "m"), Noun("луна", "f"), Noun("полумесяц", "m")],
    },
    colours={
        "red": ("красн/ый/ая/ое", "красн/ый/ая/ое", "ал/ый/ая/ое"),
        "orange": ("оранжев/ый/ая/ое", "оранжев/ый/ая/ое", "рыж/ий/ая/ее", "медн/ый/ая/ое"),
        "yellow": ("жёлт/ый/ая/ое", "желт/ый/ая/ое", "золот/ой/ая/ое"),
        "green": ("зелён/ый/ая/ое", "зелен/ый/ая/ое"),
        "blue": ("син/ий/яя/ее", "син/ий/яя/ее", "голуб/ой/ая/ое"),
        "purple": ("фиолетов/ый/ая/ое", "фиолетов/ый/ая/ое", "лилов/ый/ая/ое"),
        "pink": ("розов/ый/ая/ое",),
        "white": ("бел/ый/ая/ое", "бел/ый/ая/ое", "серебрян/ый/ая/ое"),
    },
    sizes={
        "small": ("маленьк/ий/ая/ое", "маленьк/ий/ая/ое", "небольш/ой/ая/ое", "крошечн/ый/ая/ое"),
        "medium": ("средн/ий/яя/ее",),
        "large": ("больш/ой/ая/ое", "больш/ой/ая/ое", "огромн/ый/ая/ое", "крупн/ый/ая/ое"),
    },
    places={
        "centre": ("в центре", "посередине", "в середине"),
        "left": ("слева", "с левой стороны", "в левой части"),
        "right": ("справа", "с правой стороны", "в правой части"),
        "top": ("вверху", "сверху", "наверху", "в верхней части"),
        "bottom": ("внизу", "снизу", "в нижней части"),
        "top left": ("в левом верхнем углу", "слева вверху", "вверху слева"),
        "top right": ("в правом верхнем углу", "справа вверху", "вверху справа"),
        "bottom left": ("в левом нижнем углу", "слева внизу", "внизу слева"),
        "bottom right": ("в правом нижнем углу", "справа внизу", "внизу справа"),
    },
    backgrounds={
        "white": ("на белом фоне", "белый фон"),
        "grey": ("на сером фоне", "серый фон"),
        "cream": ("на кремовом фоне", "на бежевом фоне", "бежевый фон"),
        "light blue": ("на голубом фоне", "на светло-голубом фоне", "голубой фон"),
        "light green": ("на светло-зелёном фоне", "на мятном фоне", "светло-зелёный фон"),
        "dark blue": ("на тёмно-синем фоне", "тёмно-синий фон"),
        "black": ("на чёрном фоне", "на тёмном фоне", "чёрный фон"),
        "hills": ("на фоне зелёных холмов", "на лугу", "в поле", "в саду", "зелёный пейзаж", "в лесу"),
        "sunset": ("на закате", "на рассвете", "вечером", "в горах на закате"),
        "night": ("ночью", "под звёздным небом", "под звёздами", "в космосе"),
        "snow": ("в снегу", "на фоне снежных гор", "зимой", "в снежных горах"),
        "sea": ("у моря", "на берегу моря", "на пляже", "у озера", "у реки"),
        "table": ("на деревянном столе", "на столе", "на кухне", "в комнате"),
    },
    motions={
        "still": ("не двигается", "стоит на месте", "неподвижно"),
        "right": ("движется слева направо", "движется вправо", "плывёт вправо"),
        "left": ("движется справа налево", "движется влево", "плывёт влево"),
        "up": ("движется вверх", "поднимается", "взлетает"),
        "down": ("движется вниз", "опускается", "падает"),
        "bounce": ("прыгает", "подпрыгивает", "скачет", "танцует"),
        "spin": ("вращается", "крутится", "кружится"),
        "grow": ("растёт", "увеличивается", "становится больше"),
        "shrink": ("уменьшается", "сжимается", "становится меньше"),
    },
    speeds={
        "slow": ("медленно", "плавно"),
        "normal": ("", "равномерно"),
        "fast": ("быстро", "стремительно"),
    },
    joints=(" и ", " и ", ", ", ", а также "),
    relations={},
    openings=("картинка:", "рисунок:", "на картинке", "изображение:", "фото:", "нарисуй:"),
    deeds=("танцует", "стоит", "улыбается", "ждёт", "светится", "спит"),
    trimmings=(
        "шедевр",
        "высокое качество",
        "детально",
        "мягкий свет",
        "яркие цвета",
        "нежные цвета",
        "общий план",
        "просто",
        "аниме",
        "мультфильм",
        "иллюстрация",
        "реалистично",
        "красиво",
        "мило",
        "утренний свет",
    ),
    articles=False,
    before="на фоне",
)
