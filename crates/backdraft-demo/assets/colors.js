// Colors for numbers: a place from 0 to 1, or from -1 to 1 where signs count.

const HEAT = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const SIGNED = [[33, 76, 155], [122, 163, 214], [247, 247, 247], [226, 120, 101], [165, 22, 38]];

function between(stops, place) {
    const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1);
    const first = Math.min(Math.floor(at), stops.length - 2);
    const part = at - first;
    return stops[first].map((from, channel) => from + part * (stops[first + 1][channel] - from));
}

export function heat(place) {
    return between(HEAT, place);
}

export function signed(place) {
    return between(SIGNED, (place + 1) / 2);
}

// Words for or against, on a light page.
export function paintTokens(root) {
    for (const token of root.querySelectorAll("[data-score]")) {
        const [red, green, blue] = signed(Number(token.dataset.score));
        token.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
        token.style.color = Math.abs(token.dataset.score) > 0.7 ? "#fff" : "";
    }
}
