"use client";

import { Glimpse } from "glimpse";
import "glimpse/element";
import { useEffect, useRef, useState } from "react";

/** The element knows signs from a file; the core, taught the same signs, is asked about what was drawn on the element. */
export function Pad() {
  const pad = useRef();
  const [said, setSaid] = useState({});

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const core = (async () => {
      const { support } = await (await fetch("/signs.json", { signal })).json();
      return Glimpse.load({ support, signal });
    })();
    core.catch((error) => signal.aborted || setSaid({ core: error.message }));

    // A property such as onglimpse-result would not be listened to in a page that the server rendered.
    const answered = async ({ detail }) => {
      const { ranking } = await (await core).classify(detail.drawing);
      setSaid({ element: detail.ranking[0].label, core: ranking[0].label });
    };
    pad.current.addEventListener("glimpse-result", answered, { signal });

    return () => {
      stop.abort();
      core.then((glimpse) => glimpse.dispose(), () => {});
    };
  }, []);

  return (
    <>
      <glimpse-pad ref={pad} support="/signs.json"></glimpse-pad>
      <p>
        The element says <output id="element">{said.element}</output>, the core <output id="core">{said.core}</output>.
      </p>
    </>
  );
}
