/// The style of the pages that the common one does not have.
enum LiveStyle {
  static let source = """
    h2 .quiet { font-weight: 400; }
    .state { font-weight: 600; }
    .state[data-phase=paused], .state[data-phase=failed], .state.lost { color: #a34700; }
    .controls { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; align-items: flex-end; }
    .controls fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0; min-width: 0;
      padding: .5rem .8rem .8rem; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
    legend { color: var(--quiet); font-size: .85rem; padding: 0 .3rem; }
    button, select, input { font: inherit; color: inherit; border-radius: 6px; padding: .35rem .7rem;
      border: 1px solid #8a8d94; background: var(--card); min-height: 2.4rem; max-width: 100%; }
    input[type=text] { width: 7.5rem; }
    button { cursor: pointer; }
    button:hover:enabled { background: #eef4f9; border-color: var(--accent); }
    button:disabled { color: #8a8d94; border-color: var(--line); cursor: default; }
    button[aria-pressed=true] { background: #e3eef7; border-color: var(--accent); }
    button.danger.armed { background: #a34700; color: #fff; border-color: #a34700; }
    button:focus-visible, select:focus-visible, input:focus-visible, canvas:focus-visible {
      outline: 3px solid var(--accent); outline-offset: 2px; }
    .answer { min-height: 1.5rem; margin: .6rem 0 0; }
    .answer.bad { color: #a34700; }
    .plain { display: block; width: 100%; height: 280px; }
    .tiles { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem;
      grid-template-columns: repeat(auto-fill, minmax(4.2rem, 1fr)); }
    .tiles.small { grid-template-columns: repeat(auto-fill, minmax(3.4rem, 1fr)); }
    .tiles li { min-width: 0; font-size: .78rem; line-height: 1.25; color: var(--quiet); }
    .tiles canvas, .card canvas { width: 100%; height: auto; display: block; border-radius: 4px;
      image-rendering: pixelated; border: 1px solid var(--line); }
    .tiles .dead { opacity: .35; }
    .cardlist { list-style: none; margin: 0; padding: 0; display: grid; gap: .9rem;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
    .card { display: grid; grid-template-columns: 5rem 1fr; gap: .8rem; align-items: start; }
    .bars { list-style: none; margin: .2rem 0 0; padding: 0; font-size: .82rem; }
    .bars li { position: relative; padding: .12rem .4rem; margin: 0 0 .25rem; border-radius: 3px;
      background: #f0f0ec; overflow: hidden; display: flex; justify-content: space-between;
      gap: .5rem; }
    .bars i { position: absolute; left: 0; top: 0; bottom: 0; background: #f3c9a5; }
    .bars .right i { background: #a9d3ea; }
    .bars span { position: relative; min-width: 0; }
    .bars .right span:first-child { font-weight: 600; }
    .log { margin: 0; padding-left: 1.2rem; font-size: .9rem; }
    .choices { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: 0 0 .8rem; align-items: center; }
    .choices label { display: inline-flex; flex-wrap: wrap; gap: .3rem; align-items: center;
      min-width: 0; max-width: 100%; }
    .choices input { min-width: 0; }
    .board { display: grid; gap: 1.4rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
    .pad { touch-action: none; width: 100%; max-width: 22rem; aspect-ratio: 1; border-radius: 6px;
      border: 1px solid #8a8d94; cursor: crosshair; display: block; background: #000; }
    .pad.over { outline: 3px dashed var(--accent); }
    .seen img { width: 100%; max-width: 14rem; height: auto; border-radius: 4px; border: 1px solid var(--line);
      image-rendering: pixelated; display: block; }
    [hidden] { display: none !important; }
    """
}
