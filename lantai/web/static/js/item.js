// The item page: which viewer shows the thing. Each is loaded only where it is needed.

import { Stage } from "./stage.js";
import "./find.js"; // pictures of components that cannot be had leave their mark

const VIEWERS = { image: "./image.js", sound: "./sound.js", pages: "./pages.js" };

for (const box of document.querySelectorAll("[data-stage]")) {
  const stage = new Stage(box);
  for (const video of box.querySelectorAll("video")) stage.plays(video);
  const viewer = VIEWERS[box.dataset.stage];
  if (viewer) {
    import(viewer)
      .then(({ show }) => show(stage))
      .catch(() => stage.ask());
  }
}
