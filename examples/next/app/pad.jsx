"use client";

import { Glimpse } from "glimpse";
import "glimpse/element";
import { useEffect, useRef, useState } from "react";

/** The element knows signs from a file; the core, taught the same signs, is asked about what was drawn on the element. */
export function Pad() {
  const core = useRef();
  const [said, setSaid] = useState({});

  useEffect(() => {
    const stop = new AbortController();
    core.current = (async () => {
      const { support } = await (await fetch("/signs.json", { signal: stop.signal })).json();
      return Glimpse.load({ support, signal: stop.signal });
    })();
    core.current.catch((error) => stop.signal.aborted || setSaid({ core: error.message }));
    return () => {
      stop.abort();
      core.current.then((glimpse) => glimpse.dispose(), () => {});
    };
  }, []);

  async function answered({ detail }) {
    const { ranking } = await (await core.current).classify(detail.drawing);
    setSaid({ element: detail.ranking[0].label, core: ranking[0].label });
  }

  return (
    <>
      <glimpse-pad support="/signs.json" onglimpse-result={answered}></glimpse-pad>
      <p>
        The element says <output id="element">{said.element}</output>, the core <output id="core">{said.core}</output>.
      </p>
    </>
  );
}
