// A pad to sign on with a finger: black strokes on white, as the bank keeps them.
"use strict";

window.signaturePad = (canvas) => {
  // Fewer movements than these are a slip of the finger.
  const FEWEST = 8;
  const ink = canvas.getContext("2d");
  let movements = 0;
  let drawing = false;

  function clear() {
    const ratio = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    ink.scale(ratio, ratio);
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    Object.assign(ink, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    movements = 0;
  }

  const point = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };

  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    ink.beginPath();
    ink.moveTo(...point(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    movements += 1;
    ink.lineTo(...point(event));
    ink.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      drawing = false;
    });
  }

  return {
    clear,
    isSigned: () => movements >= FEWEST,
    picture: () => new Promise((made) => canvas.toBlob(made, "image/png")),
  };
};
