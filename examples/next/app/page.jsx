import { Pad } from "./pad.jsx";

// Rendered by the server for each visitor.
export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <main>
      <h1>Draw a cross or a hook</h1>
      <Pad />
    </main>
  );
}
