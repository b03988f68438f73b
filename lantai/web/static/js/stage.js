// What the viewers of the item page share: what stands beside the thing when something happens to it, and asking
// for use copies that may still be in the making. Not here: the viewers (image.js, sound.js, pages.js).

const TRIES = 20;
const TRIES_TO_PLAY = 400; // what is to be played is made in minutes, a long film in an hour
const MOST_SECONDS = 10;

export class Stage {
  constructor(box) {
    this.box = box;
    this.screen = box.querySelector(".screen");
    this.says = box.querySelector(".stage-says");
    this.words = box.querySelector("[data-words]").dataset;
    this.tools = box.querySelector(".tools");
    this.over = false;
    document.addEventListener("visibilitychange", () => document.hidden || this.still());
  }

  /** Say what `name` stands for beside the thing, "" to say nothing. */
  say(name) {
    this.says.hidden = !name;
    this.says.textContent = name ? this.words[name] : "";
  }

  /** What could not be reached is there again. */
  back() {
    if (this.says.textContent === this.words.away) this.say("");
  }

  /** The thing is no longer for this reader: nothing more of it is shown. */
  close(name) {
    this.over = true;
    this.box.classList.add("gone");
    this.say(name);
    for (const media of this.box.querySelectorAll("audio, video")) {
      media.pause();
      media.hidden = true;
    }
    if (this.tools) this.tools.hidden = true;
  }

  /** Something of the thing could not be had: find out why, and say it; `otherwise`, where it is all there and
      the browser made nothing of it. Once at a time. */
  async ask(otherwise = "broken") {
    if (this.over || this.asking) return;
    this.asking = true;
    const answer = await fetch(this.box.dataset.view, { method: "HEAD", cache: "no-store" }).catch(() => null);
    this.asking = false;
    this.judge(answer?.status ?? 503, otherwise);
  }

  /** What a browser holds whole it would go on showing: whether it may is asked when somebody comes back to it,
      and when it begins to play. */
  async still() {
    if (this.over) return;
    const answer = await fetch(this.box.dataset.view, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if ([401, 403, 404].includes(answer?.status)) this.judge(answer.status);
    if (answer?.ok) this.back();
  }

  judge(status, otherwise = "broken") {
    if (status === 404 || status === 403) this.close("gone");
    else if (status === 401) this.close("session");
    else if (status >= 400) this.say("away");
    else this.say(otherwise);
  }

  /** Whether there is a use copy of this kind, made already or not. */
  has(kind) {
    return this.box.dataset.copies.split(" ").includes(kind);
  }

  /** A use copy: the answer once it is made, or null where there is none and none will be. */
  async copy(url, method = "GET", tries = TRIES) {
    for (let at = 0; at < tries && !this.over; at++) {
      const answer = await fetch(url, { method }).catch(() => null);
      if (!answer) return null;
      if (answer.status !== 202 && !(answer.status === 503 && answer.headers.has("Retry-After"))) {
        return answer.ok ? answer : null;
      }
      this.say("making");
      const seconds = Math.min((Number(answer.headers.get("Retry-After")) || 2) * (1 + at / 10), MOST_SECONDS);
      await new Promise((done) => setTimeout(done, seconds * 1000));
    }
    return null;
  }

  /** Sound or film: where the browser does not play the original, the copy that it plays takes its place. */
  plays(media) {
    let copied = false;
    const fails = async () => {
      const at = `${this.box.dataset.at}?use=copy`;
      if (this.over || copied || !this.has("play") || !(await this.copy(at, "HEAD", TRIES_TO_PLAY))) return this.ask();
      copied = true;
      this.say("");
      media.src = at;
    };
    media.addEventListener("play", () => this.still());
    media.addEventListener("error", fails);
    if (media.error) fails(); // before this script came
  }

  /** What the buttons and keys do: by the names of `data-act`, and by their keys. */
  act(does) {
    this.tools.hidden = false;
    const run = (name) => does[name]?.();
    this.tools.addEventListener("click", (event) => run(event.target.closest("[data-act]")?.dataset.act));
    this.screen.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key === "=" ? "+" : event.key;
      const button = this.tools.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
      if (!button) return;
      event.preventDefault();
      event.stopPropagation();
      run(button.dataset.act);
    });
  }
}

/** Run a classic script once. */
export function script(src) {
  return new Promise((done, failed) => {
    const tag = document.createElement("script");
    tag.src = src;
    tag.onload = done;
    tag.onerror = failed;
    document.head.append(tag);
  });
}
