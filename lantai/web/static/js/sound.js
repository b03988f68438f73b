// Sound with its waveform, drawn from peaks that the archive made; the browser's own player plays it.

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** Peaks as wavesurfer takes them: one list a channel, between -1 and 1, least and most in turn. */
function lists(told) {
  const channels = told.channels ?? told.peaks ?? [];
  const lists = Array.isArray(channels[0]) && Array.isArray(channels[0][0]) ? channels : [channels];
  const most = told.most ?? told.scale ?? (told.bits ? 2 ** (told.bits - 1) : 1);
  return lists.map((one) => one.flat().map((value) => value / most));
}

export async function show(stage) {
  const audio = stage.box.querySelector("audio");
  const time = stage.box.querySelector("[data-time]");
  audio.addEventListener("error", () => stage.ask());
  audio.addEventListener("timeupdate", () => {
    time.textContent = `${clock(audio.currentTime)} / ${clock(audio.duration || 0)}`;
  });
  const answer = await stage.copy(`${stage.box.dataset.at}/peaks`);
  stage.say("");
  if (!answer) return stage.box.querySelector(".wave").remove();
  const told = await answer.json();
  const ink = getComputedStyle(document.documentElement);
  const { default: WaveSurfer } = await import(stage.box.dataset.waves);
  WaveSurfer.create({
    container: stage.box.querySelector(".wave"),
    media: audio,
    peaks: lists(told),
    duration: told.seconds ?? told.duration ?? (told.duration_ms ?? 0) / 1000,
    height: 128,
    waveColor: ink.getPropertyValue("--rule-2").trim(),
    progressColor: ink.getPropertyValue("--seal").trim(),
    cursorColor: ink.getPropertyValue("--ink").trim(),
    cspNonce: stage.box.dataset.nonce,
  });
  stage.box.dataset.ready = "";
}
