// Sound with its waveform, drawn from peaks that the archive made; the browser's own player plays it.

const MOST = 127; // peaks are least and greatest values of slices, from -128 to 127

export async function show(stage) {
  const audio = stage.box.querySelector("audio");
  const wave = stage.box.querySelector(".wave");
  stage.plays(audio);
  const answer = stage.has("peaks") && (await stage.copy(`${stage.box.dataset.at}/peaks`));
  stage.say("");
  if (!answer || stage.over) return wave.remove();
  const { seconds, peaks } = await answer.json();
  const ink = getComputedStyle(document.documentElement);
  const { default: WaveSurfer } = await import(stage.box.dataset.waves);
  WaveSurfer.create({
    container: wave,
    media: audio,
    peaks: [peaks.flat().map((value) => value / MOST)],
    duration: seconds,
    height: 128,
    normalize: true,
    waveColor: ink.getPropertyValue("--rule-2").trim(),
    progressColor: ink.getPropertyValue("--seal").trim(),
    cursorColor: ink.getPropertyValue("--ink").trim(),
    cspNonce: stage.box.dataset.nonce,
  });
  stage.box.dataset.ready = "";
}
