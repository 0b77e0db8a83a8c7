"""/api/products: the kinds of devices that their owner makes, and their provision keys."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.errors import FieldError
from qlines.store import products
from qlines.store.device_rules import MAX_TAG_CHARACTERS, checked_tags
from qlines.store.product_rules import STRATEGIES, checked_product
from qlines.store.products import ProductDocument, named
from qlines.web.api.device_lists import CountSchema
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import TrueOrFalse, WholeNumber, one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "products", __name__, description="Kinds of devices, which ask for their tokens themselves"
)


class ProductChangeSchema(Schema):
    """What a product is; what is not given stays.

    `strategy` says what a request for a token does: nothing (`disabled`), add a device
    (`create_new_devices`), or give a device that you have added its token, once
    (`check_pre_provisioned`). With `quarantine` a new device waits until you approve it.
    `max_devices` and `max_devices_per_minute` are null without a limit.
    """

    name = fields.String()
    strategy = one_of(*STRATEGIES)
    quarantine = TrueOrFalse()
    max_devices = WholeNumber(allow_none=True)
    max_devices_per_minute = WholeNumber(allow_none=True)


class NewProductSchema(ProductChangeSchema):
    """A new product; without more it adds devices: 1,000 in all, and 60 a minute."""

    name = fields.String(required=True)


class ProductSchema(ProductChangeSchema):
    """A product. Its devices ask for their tokens with `key` and `secret`.

    `devices` are of it now, `provisioned` counts every request that succeeded.
    """

    id = fields.String()
    key = fields.String()
    secret = fields.String()
    devices = fields.Integer()
    provisioned = fields.Integer()
    created_at = fields.Integer()


class TagSchema(Schema):
    """The tag of the devices that are meant."""

    tag = fields.String(required=True, validate=validate.Length(1, MAX_TAG_CHARACTERS))


@endpoint(blueprint, "GET", "/products", returns=ProductSchema(many=True))
def list_products() -> Response:
    """List your products by name."""
    found = products.of_owner(deps().db, me().user_id)
    return answer([product_json(product) for product in found])


@endpoint(
    blueprint, "POST", "/products", body=NewProductSchema, status=201, returns=ProductSchema(),
    errors=(409,),
)  # fmt: skip
def add_product(body: dict[str, Any]) -> Response:
    """Add a product; the response contains the key and the secret of its devices."""
    product = products.add(deps().db, me().user_id, checked_product(body))
    noted(f"added {named(product)}")
    location = {"Location": f"/api/products/{product['_id']}"}
    return answer(product_json(product), 201, headers=location)


@endpoint(blueprint, "GET", "/products/<product_id>", returns=ProductSchema(), errors=(404,))
def show_product(product_id: str) -> Response:
    """Return one product."""
    return answer(product_json(_found(product_id)))


@endpoint(
    blueprint, "PATCH", "/products/<product_id>", body=ProductChangeSchema,
    returns=ProductSchema(), errors=(404, 409),
)  # fmt: skip
def change_product(body: dict[str, Any], product_id: str) -> Response:
    """Change a product; it holds for requests from now on, and changes no device."""
    if not body:
        raise FieldError("body", "must contain at least one field of a product, got none")
    product = products.change(deps().db, _found(product_id), body)
    noted(f"changed {', '.join(sorted(body))} of {named(product)}")
    return answer(product_json(product))


@endpoint(blueprint, "DELETE", "/products/<product_id>", status=204, errors=(404, 409))
def remove_product(product_id: str) -> Response:
    """Remove a product: its key is refused from now on. Its devices stay, and so do their tokens.

    Not while devices of it wait for approval.
    """
    product = _found(product_id)
    products.remove(deps().db, product)
    noted(f"removed {named(product)}")
    return no_content()


@endpoint(blueprint, "POST", "/products/<product_id>/key", returns=ProductSchema(), errors=(404,))
def roll_key(product_id: str) -> Response:
    """Give a product a new key and secret: the old ones are refused, the tokens of devices stay."""
    product = products.roll_key(deps().db, _found(product_id))
    noted(f"gave a new provision key to {named(product)}")
    return answer(product_json(product))


@endpoint(
    blueprint, "POST", "/products/<product_id>/devices", body=TagSchema, returns=CountSchema(),
    errors=(404,),
)  # fmt: skip
def add_devices(body: dict[str, Any], product_id: str) -> Response:
    """Make your devices with a tag devices of the product; those of another product stay there."""
    product, [tag] = _found(product_id), checked_tags([body["tag"]])
    count = products.add_devices(deps().db, product, tag)
    noted(f"added {count} devices with the tag {tag} to {named(product)}")
    return answer({"count": count})


def _found(product_id: str) -> ProductDocument:
    return products.find(deps().db, product_id, owner=me().user_id)


def product_json(product: ProductDocument) -> dict[str, Any]:
    """Return the product as ProductSchema describes it."""
    return {
        "id": str(product["_id"]),
        **products.given(product),
        "key": product["key"],
        "secret": product["secret"],
        "devices": products.device_count(deps().db, product),
        "provisioned": product["provisioned"],
        "created_at": ms_of(product["created_at"]),
    }
