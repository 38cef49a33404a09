"""Scenes as pixels, in both styles, at any size and time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .backgrounds import Colour, background
from .shapes import Figure, Points, figure
from .world import PLACES, SIZES, SPEEDS, Motion, Scene, Thing

PALETTE: dict[str, Colour] = {
    "red": (226, 58, 56),
    "orange": (246, 140, 36),
    "yellow": (250, 208, 56),
    "green": (66, 170, 88),
    "blue": (52, 108, 222),
    "purple": (142, 82, 204),
    "pink": (246, 138, 184),
    "white": (252, 252, 250),
}
_INK: Colour = (44, 36, 58)
_TRUNK: Colour = (138, 92, 60)
_FINER = 2
_LINE = 0.07
_MARGIN = 1.3


@dataclass(frozen=True)
class Pose:
    """Where a thing is, in pixels, how large (half its extent) and how far turned (radians, clockwise)."""

    x: float
    y: float
    radius: float
    angle: float = 0.0


@dataclass(frozen=True)
class View:
    """A scene at one time in a picture of so many pixels: its things in the order in which they are drawn."""

    things: tuple[tuple[Thing, Pose], ...]
    width: int
    height: int


def view(scene: Scene, width: int, height: int, time: float = 0.0) -> View:
    things = tuple((thing, pose(thing, scene.motion, width, height, time)) for thing in scene.things)
    return View(things, width, height)


def render(scene: Scene, width: int, height: int, time: float = 0.0) -> np.ndarray:
    """(height, width, 3) uint8. `time` runs from 0 to 1 and matters only where there is a motion."""
    picture = background(scene.background, scene.style, scene.seed, width, height).copy()
    draw = _draw_flat if scene.style == "cel" else _draw_lit
    for thing, at in view(scene, width, height, time).things:
        draw(picture, thing, at)
    return np.asarray(picture)


def pose(thing: Thing, motion: Motion | None, width: int, height: int, time: float) -> Pose:
    x, y = (place + offset for place, offset in zip(PLACES[thing.place], thing.offset, strict=True))
    radius = SIZES[thing.size] * thing.scale
    angle = 0.0
    if motion is not None:
        speed = SPEEDS[motion.speed]
        way = 0.36 * speed * (time - 0.5)
        match motion.kind:
            case "right":
                x += way
            case "left":
                x -= way
            case "up":
                y -= way
            case "down":
                y += way
            case "bounce":
                y += 0.16 - 0.3 * abs(math.sin(math.pi * 2 * speed * time))
            case "spin":
                angle = math.pi * speed * time
            case "grow":
                radius *= 1 + 0.9 * speed * (time - 0.4) / 1.7
            case "shrink":
                radius *= 1 + 0.9 * speed * (0.4 - time) / 1.7
    return Pose(x * width, y * height, radius * min(width, height), angle)


def _draw_flat(picture: Image.Image, thing: Thing, at: Pose) -> None:
    """Flat colours with a dark outline around and inside."""
    tile, corner = _tile(at)
    line = max(1, round(2 * _LINE * at.radius * _FINER))
    shape = figure(thing.shape)
    colour = PALETTE[thing.colour]
    ink, body = _masks(shape, at, tile.size[0], line)
    tile.paste(_INK, mask=ink)
    tile.paste(colour, mask=body)
    _draw_details(tile, shape, at, colour)
    alpha = ImageChops.lighter(ink, body)
    picture.paste(tile.reduce(_FINER), corner, alpha.reduce(_FINER))


def _draw_lit(picture: Image.Image, thing: Thing, at: Pose) -> None:
    """Rounded by light from the top left, with a soft shadow to the bottom right."""
    tile, corner = _tile(at)
    shape = figure(thing.shape)
    colour = PALETTE[thing.colour]
    _, body = _masks(shape, at, tile.size[0], 0)
    tile.paste(colour, mask=body)
    _draw_details(tile, shape, at, colour)
    mask = body.reduce(_FINER)
    _cast_shadow(picture, mask, corner, at.radius)
    picture.paste(_rounded(tile.reduce(_FINER), mask, at.radius), corner, mask)


def _tile(at: Pose) -> tuple[Image.Image, tuple[int, int]]:
    """An empty square around the thing, finer than the picture, and where its top left corner goes."""
    half = math.ceil(at.radius * _MARGIN) + 2
    corner = (math.floor(at.x) - half, math.floor(at.y) - half)
    side = (2 * half + 1) * _FINER
    return Image.new("RGB", (side, side), _INK), corner


def _placed(points: Points, at: Pose) -> list[tuple[float, float]]:
    """In the pixels of the tile."""
    turn = np.array([[math.cos(at.angle), math.sin(at.angle)], [-math.sin(at.angle), math.cos(at.angle)]])
    half = math.ceil(at.radius * _MARGIN) + 2
    centre = np.array([at.x - math.floor(at.x), at.y - math.floor(at.y)]) + half
    return [(x, y) for x, y in ((points @ turn * at.radius + centre) * _FINER).tolist()]


def _masks(shape: Figure, at: Pose, side: int, line: int) -> tuple[Image.Image, Image.Image]:
    """Where the outline is (it reaches `line` / 2 over both sides of the edge), and where the body shows within."""
    whole = _union(shape.body, at, side)
    for hole in shape.holes:
        ImageDraw.Draw(whole).polygon(_placed(hole, at), fill=0)
    if not line:
        return whole, whole
    half = line // 2 * 2 + 1
    grown, shrunk = _spread(whole, half), ImageChops.invert(_spread(ImageChops.invert(whole), half))
    return grown, shrunk


def _spread(mask: Image.Image, size: int) -> Image.Image:
    """Grown by half of `size` in all directions, roundly: a blurred edge, cut where it begins to rise."""
    blurred = mask.filter(ImageFilter.BoxBlur(size / 4)).filter(ImageFilter.BoxBlur(size / 4))
    return blurred.point(lambda value: 255 if value > 24 else 0)


def _union(polygons: Sequence[Points], at: Pose, side: int) -> Image.Image:
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    for polygon in polygons:
        draw.polygon(_placed(polygon, at), fill=255)
    return mask


def _draw_details(tile: Image.Image, shape: Figure, at: Pose, colour: Colour) -> None:
    draw = ImageDraw.Draw(tile)
    pale = tuple(round(value + (255 - value) * 0.62) for value in colour)
    if colour == PALETTE["white"]:
        pale = (206, 212, 226)
    roles = {"dark": _INK, "pale": pale, "trunk": _TRUNK}
    for role, polygon in shape.details:
        draw.polygon(_placed(polygon, at), fill=roles[role])


def _cast_shadow(picture: Image.Image, mask: Image.Image, corner: tuple[int, int], radius: float) -> None:
    reach = math.ceil(radius * 0.45)
    shadow = Image.new("L", (mask.width + 2 * reach, mask.height + 2 * reach))
    shadow.paste(mask.point(lambda value: round(value * 0.42)), (reach, reach))
    shadow = shadow.filter(ImageFilter.GaussianBlur(radius * 0.12))
    left, top = (round(edge - reach + radius * shift) for edge, shift in zip(corner, (0.13, 0.2), strict=True))
    picture.paste((26, 22, 40), (left, top), shadow)


def _rounded(tile: Image.Image, mask: Image.Image, radius: float) -> Image.Image:
    """Brighter towards the light, darker away from it, and a soft highlight."""
    height = np.asarray(mask.filter(ImageFilter.GaussianBlur(radius * 0.16)), dtype=np.float32) / 255
    slope_y, slope_x = np.gradient(height)
    side = mask.size[0]
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32) * _MARGIN
    facing = (slope_x * 0.6 + slope_y * 0.8) * radius * 0.26 - (rows * 0.8 + columns * 0.6) * 0.13
    gloss = np.exp(-((columns + 0.32) ** 2 + (rows + 0.4) ** 2) / 0.09) * 0.3
    pixels = np.asarray(tile, dtype=np.float32) * (1 + facing.clip(-0.5, 0.22))[..., np.newaxis]
    pixels += (255 - pixels) * gloss[..., np.newaxis]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
