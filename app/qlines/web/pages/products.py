"""The pages of products: the list, one, and the devices that wait for approval."""

from flask import Blueprint, render_template

from qlines.store import products, waiting_devices
from qlines.store.product_rules import MAX_DEVICES, MAX_DEVICES_PER_MINUTE, Strategy
from qlines.web.api.products import product_json
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = Blueprint("products_page", __name__)

# The label of each strategy, and what a request of a device does under it.
STRATEGY_WORDS: dict[Strategy, tuple[str, str]] = {
    "create_new_devices": (
        "Add each device that asks",
        "A name that one of your devices has is refused.",
    ),
    "check_pre_provisioned": (
        "Only devices that I have added",
        "A device of this product with the name that is asked for gets its token, once.",
    ),
    "disabled": ("Nobody", "Every request is refused. Devices keep the tokens that they have."),
}


@blueprint.get("/products")
def overview() -> str:
    """Show the list of the user's products, and the form for a new one."""
    found = products.of_owner(deps().db, me().user_id)
    return render_template(
        "products.html",
        products=[product_json(product) for product in found],
        words=STRATEGY_WORDS,
        waiting=waiting_devices.count(deps().db, me().user_id),
    )


@blueprint.get("/products/waiting")
def waiting() -> str:
    """Show the devices that wait for approval; the page's script loads them."""
    return render_template("waiting_devices.html")


@blueprint.get("/products/<product_id>")
def single(product_id: str) -> str:
    """Show one product. Raise NotFoundError for another's."""
    product = products.find(deps().db, product_id, owner=me().user_id)
    return render_template(
        "product.html",
        product=product,
        words=STRATEGY_WORDS,
        max_devices=MAX_DEVICES,
        max_devices_per_minute=MAX_DEVICES_PER_MINUTE,
    )
