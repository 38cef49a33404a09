// ThumbHash, the 25 bytes that stand for a picture while it loads: a few cosine waves of its brightness and two colours.
// The format: https://evanw.github.io/thumbhash/ (here for pictures without transparency).

const SIDE = 16; // pixels of what is drawn: more would show no more

/** The size in waves and the values of a channel: {dc, nx, ny, ac}. */
function channels(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const tail = bytes[3] | (bytes[4] << 8);
  const wide = Boolean(tail >> 15);
  const few = Math.max(3, tail & 7);
  const [nx, ny] = wide ? [7, few] : [few, 7];
  let nibble = 10;
  const waves = (across, down, scale) => {
    const ac = [];
    for (let y = 0; y < down; y++) {
      for (let x = y ? 0 : 1; x * down < across * (down - y); x++) {
        const value = (bytes[nibble >> 1] >> ((nibble & 1) * 4)) & 15;
        nibble++;
        ac.push([x, y, (value / 7.5 - 1) * scale]);
      }
    }
    return ac;
  };
  return [
    { dc: (head & 63) / 63, ac: waves(nx, ny, ((head >> 18) & 31) / 31) },
    { dc: ((head >> 6) & 63) / 31.5 - 1, ac: waves(3, 3, (((tail >> 3) & 63) / 63) * 1.25) },
    { dc: ((head >> 12) & 63) / 31.5 - 1, ac: waves(3, 3, (((tail >> 9) & 63) / 63) * 1.25) },
  ];
}

const COSINES = Array.from({ length: 7 }, (_, wave) =>
  Float64Array.from({ length: SIDE }, (_, place) => Math.cos((Math.PI / SIDE) * (place + 0.5) * wave)));

function plane({ dc, ac }) {
  const values = new Float64Array(SIDE * SIDE).fill(dc);
  for (const [x, y, height] of ac) {
    for (let row = 0, at = 0; row < SIDE; row++) {
      const part = 2 * height * COSINES[y][row];
      for (let column = 0; column < SIDE; column++) values[at++] += part * COSINES[x][column];
    }
  }
  return values;
}

/** The picture of a hash in base64 on a small canvas, to be stretched over the picture's own box. */
export function draw(hash, canvas) {
  const bytes = Uint8Array.from(atob(hash), (character) => character.charCodeAt(0));
  const [light, warm, green] = channels(bytes).map(plane);
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const blue = light[at] - (2 / 3) * warm[at];
    const red = (3 * light[at] - blue + green[at]) / 2;
    pixels.data.set([red * 255, (red - green[at]) * 255, blue * 255, 255], at * 4);
  }
  context.putImageData(pixels, 0, 0);
}
