"""Products, the kinds of devices that their owners make: the collection ``products``.

A product has the key and the secret with which its devices ask for their tokens
(provisioning.py). Both are stored as they are, like the tokens of devices, because the owner
copies them into the firmware.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, cast

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.device_document import BY_NAME, device_collection
from qlines.store.ids import object_id
from qlines.store.product_rules import (
    ProductDefinition,
    Strategy,
    checked_product,
    make_key,
)
from qlines.store.transaction import in_transaction

Id = str | ObjectId
MAX_PRODUCTS = 200  # of an owner


class ProductDocument(TypedDict):
    """A product as MongoDB stores it; *provisioned* counts the devices that got their tokens."""

    _id: ObjectId
    owner: ObjectId
    name: str
    strategy: Strategy
    quarantine: bool
    max_devices: int | None
    max_devices_per_minute: int | None
    key: str
    secret: str
    provisioned: int
    created_at: datetime


def named(product: ProductDocument) -> str:
    """Return the product as audit lines name it."""
    return f"the product {product['name']!r} ({product['_id']})"


@raising_unavailable()
def add(db: Documents, owner: Id, definition: ProductDefinition) -> ProductDocument:
    """Add a product with a random key and secret.

    Raise ConflictError when the owner has one with this name, or too many.
    """
    of_owner: Document = {"owner": object_id(owner)}
    if product_collection(db).count_documents(of_owner, limit=MAX_PRODUCTS) >= MAX_PRODUCTS:
        raise ConflictError(f"there are {MAX_PRODUCTS} products, which is the limit: remove one")
    product_id = ObjectId()
    document = cast(
        "ProductDocument",
        {
            "_id": product_id, **of_owner, **definition._asdict(), **make_key()._asdict(),
            "provisioned": 0, "created_at": product_id.generation_time,
        },
    )  # fmt: skip
    try:
        product_collection(db).insert_one(document)
    except DuplicateKeyError:
        raise _taken(definition.name) from None
    return document


@raising_unavailable()
def of_owner(db: Documents, owner: Id) -> list[ProductDocument]:
    """Return the owner's products, sorted by name."""
    found = product_collection(db).find({"owner": object_id(owner)})
    return list(found.sort("name").collation(BY_NAME))


@raising_unavailable()
def find(db: Documents, product_id: Id, *, owner: Id) -> ProductDocument:
    """Return the product; raise NotFoundError when it does not exist or is not *owner*'s."""
    query = {"_id": object_id(product_id), "owner": object_id(owner)}
    product = product_collection(db).find_one(query)
    if product is None:
        raise NotFoundError(f"there is no product {product_id}")
    return product


@raising_unavailable()
def device_count(db: Documents, product: ProductDocument) -> int:
    """Return how many devices are of the product, without those that wait for approval."""
    return device_collection(db).count_documents({"product": product["_id"]})


@raising_unavailable()
def add_devices(db: Documents, product: ProductDocument, tag: str) -> int:
    """Make the owner's devices with this tag devices of the product; return how many they were.

    Those of another product stay devices of that one.
    """
    query = {"owner": product["owner"], "tags": tag, "product": None}  # null or absent
    change = {"$set": {"product": product["_id"]}}
    return device_collection(db).update_many(query, change).matched_count


@raising_unavailable()
def change(db: Documents, before: ProductDocument, fields: Mapping[str, Any]) -> ProductDocument:
    """Give a product other *fields* and return it after the change; what is not given stays.

    So does what somebody else has just changed. Raise FieldError, ConflictError when the owner has
    another one with this name, NotFoundError when it is gone.
    """
    definition = checked_product({**given(before), **fields})
    changed = {name: getattr(definition, name) for name in fields}
    try:
        return _update(db, before, changed)
    except DuplicateKeyError:
        raise _taken(definition.name) from None


@raising_unavailable()
def roll_key(db: Documents, product: ProductDocument) -> ProductDocument:
    """Give the product a new key and secret; the old ones are refused from now on.

    The tokens of its devices stay. Raise NotFoundError when it is gone.
    """
    return _update(db, product, make_key()._asdict())


@raising_unavailable()
def remove(db: Documents, product: ProductDocument) -> None:
    """Delete the product; its devices stay, and are of no product then.

    Raise ConflictError while devices of it wait for approval, NotFoundError when it is gone.
    """

    def change(session: ClientSession) -> None:
        of_product: Document = {"product": product["_id"]}
        if db.waiting_devices.find_one(of_product, session=session):
            raise ConflictError(
                f"devices of {named(product)} wait for approval: approve or refuse them first"
            )
        query = {"_id": product["_id"], "owner": product["owner"]}
        if not product_collection(db).delete_one(query, session=session).deleted_count:
            raise NotFoundError(f"there is no product {product['_id']}")
        device_collection(db).update_many(
            of_product, {"$set": {"product": None, "provision_until": None}}, session=session
        )

    in_transaction(db, change)


def given(product: ProductDocument) -> dict[str, Any]:
    """Return the definition as checked_product() takes it, and the API returns it."""
    fields = cast("Mapping[str, Any]", product)
    return {name: fields[name] for name in ProductDefinition._fields}


def product_collection(db: Documents) -> Collection[ProductDocument]:
    """Return the collection ``products`` with the type of its documents."""
    return cast("Collection[ProductDocument]", db.products)


def _update(db: Documents, product: ProductDocument, change: Document) -> ProductDocument:
    after = product_collection(db).find_one_and_update(
        {"_id": product["_id"], "owner": product["owner"]},
        {"$set": change},
        return_document=ReturnDocument.AFTER,
    )
    if after is None:
        raise NotFoundError(f"there is no product {product['_id']}")
    return after


def _taken(name: str) -> ConflictError:
    return ConflictError(f"you already have a product named {name!r}: choose another name")
