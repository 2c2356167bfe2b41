// Maps, drawn from their values over the picture.

import { heat, signed } from "./colors.js";

async function floats(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(await answer.text());
    return new Float32Array(await answer.arrayBuffer());
}

function picture(address) {
    return new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = () => reject(new Error("The picture is no longer kept: ask for it again."));
        image.src = address;
    });
}

export class ValueMap {
    static async load(canvas) {
        const { values, background } = canvas.dataset;
        const map = new ValueMap(canvas, ...(await Promise.all([floats(values), picture(background)])));
        map.draw();
        return map;
    }

    constructor(canvas, values, background) {
        this.canvas = canvas;
        this.values = values;
        this.background = background;
        this.seen = canvas.dataset.seen.split(" ").map(Number);
        this.isSigned = canvas.dataset.signed === "true";
        this.sizes = Float32Array.from(values, Math.abs).sort();
        this.lowest = this.isSigned ? 0 : Math.max(0, this.leastSeen());
        this.opacity = 0.7;
        this.clip = 99;
        this.cursor = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
    }

    // The values beyond what the network sees are zero, and say nothing.
    leastSeen() {
        const [left, top, width, height] = this.seen;
        let least = Infinity;
        for (let y = Math.ceil(top); y < Math.floor(top + height); y++) {
            for (let x = Math.ceil(left); x < Math.floor(left + width); x++) least = Math.min(least, this.at([x, y]));
        }
        return least;
    }

    // The value at which colors end.
    highest() {
        const last = this.sizes.length - 1;
        const value = this.sizes[Math.round((this.clip / 100) * last)];
        return value > this.lowest ? value : this.sizes[last];
    }

    draw() {
        const { width, height } = this.canvas;
        const context = this.canvas.getContext("2d");
        const lowest = this.lowest;
        const highest = this.highest();
        const layer = new ImageData(width, height);
        this.values.forEach((value, index) => {
            const place = highest > lowest ? (value - lowest) / (highest - lowest) : 0;
            const [red, green, blue] = this.isSigned ? signed(Math.max(-1, Math.min(1, place))) : heat(place);
            // Where a map says little, the picture shows.
            const strength = Math.min(1, this.isSigned ? 1.5 * Math.abs(place) : 0.2 + 1.2 * place);
            layer.data.set([red, green, blue, 255 * strength * this.opacity], 4 * index);
        });
        const colors = document.createElement("canvas");
        colors.width = width;
        colors.height = height;
        colors.getContext("2d").putImageData(layer, 0, 0);
        context.drawImage(this.background, 0, 0, width, height);
        // What the network doesn't see is dimmed, and has no color.
        context.fillStyle = "rgb(255 255 255 / 55%)";
        context.fillRect(0, 0, width, height);
        context.save();
        context.beginPath();
        context.rect(...this.seen);
        context.clip();
        context.drawImage(this.background, 0, 0, width, height);
        context.drawImage(colors, 0, 0);
        context.restore();
    }

    at([x, y]) {
        return this.values[y * this.canvas.width + x];
    }

    // The value under the pointer, or where arrow keys lead.
    read(show) {
        const { canvas } = this;
        const tell = () => show(`${this.at(this.cursor).toPrecision(4)} at ${this.cursor[0]}, ${this.cursor[1]}`);
        canvas.addEventListener("pointermove", (event) => {
            const box = canvas.getBoundingClientRect();
            const place = (at, start, size, pixels) =>
                Math.max(0, Math.min(pixels - 1, Math.floor(((at - start) / size) * pixels)));
            this.cursor = [
                place(event.clientX, box.left, box.width, canvas.width),
                place(event.clientY, box.top, box.height, canvas.height),
            ];
            tell();
        });
        canvas.addEventListener("focus", tell);
        canvas.addEventListener("keydown", (event) => {
            const step = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[event.key];
            if (!step) return;
            event.preventDefault();
            const sides = [canvas.width, canvas.height];
            this.cursor = this.cursor.map((at, side) => Math.max(0, Math.min(sides[side] - 1, at + step[side])));
            tell();
        });
    }
}
