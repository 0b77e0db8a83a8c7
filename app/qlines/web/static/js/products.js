// The page /products: adds a product and opens its page.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";

async function add() {
  const product = await call("/api/products", { method: "POST", body: { name: byId("add-name").value } });
  window.location.assign(`/products/${product.id}`);
}

byId("add-form").addEventListener("submit", (event) => {
  event.preventDefault();
  add().catch(({ message }) => showText(byId("add-error"), message));
});
