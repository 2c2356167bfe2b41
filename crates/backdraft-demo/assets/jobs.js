// Explanations on the server, one at a time.

const error = document.querySelector("#error");
const progress = document.querySelector("#progress");
const stop = document.querySelector("#stop");
const status = document.querySelector("#status");

let current = null;

export function fail(sentence) {
    error.textContent = sentence;
    error.hidden = !sentence;
}

function show(isRunning, text = "") {
    progress.hidden = !isRunning;
    stop.hidden = !isRunning;
    status.textContent = text;
}

function follow({ waiting, done }) {
    if (waiting !== undefined) {
        progress.removeAttribute("value");
        status.textContent = waiting > 0 ? `Waiting for ${waiting} others` : "Waiting";
    } else {
        progress.value = done;
        status.textContent = `${Math.round(100 * done)}%`;
    }
}

function leave() {
    current?.events?.close();
    current = null;
}

// Asks for an explanation; a newer one takes the place of an older.
export async function ask(request, onResult) {
    leave();
    const job = (current = {});
    fail("");
    progress.removeAttribute("value");
    show(true, "Asking");
    try {
        const answer = await fetch("/jobs", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(request),
        });
        if (job !== current) return;
        if (!answer.ok) throw new Error(await answer.text());
        job.id = (await answer.json()).job;
        if (job !== current) return;
        listen(job, onResult);
    } catch (problem) {
        if (job !== current) return;
        leave();
        show(false);
        fail(problem.message);
    }
}

function listen(job, onResult) {
    job.events = new EventSource(`/jobs/${job.id}/events`);
    const end = (text) => {
        job.events.close();
        if (job !== current) return false;
        current = null;
        show(false, text);
        return true;
    };
    job.events.addEventListener("progress", (event) => {
        if (job === current) follow(JSON.parse(event.data));
    });
    job.events.addEventListener("result", (event) => {
        if (end("Done")) onResult(event.data);
    });
    job.events.addEventListener("failure", (event) => {
        if (end("")) fail(event.data);
    });
    job.events.onerror = () => {
        if (end("")) fail("The connection was lost: try again.");
    };
}

stop.addEventListener("click", async () => {
    if (current?.id) await fetch(`/jobs/${current.id}`, { method: "DELETE" });
});
