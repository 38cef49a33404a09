"""The order that people keep: favourites, tags, collections, searches they come back to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from .output import Output, Visibility

TAG_LENGTH = 50


class Tag(models.Model):
    """A word of one person's own, in lower case."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tags", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=TAG_LENGTH)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_tag_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Favourite(models.Model):
    """What somebody likes of all that they may see."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites", verbose_name=_("person")
    )
    output = models.ForeignKey(Output, models.CASCADE, related_name="favourites", verbose_name=_("output"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["person", "output"], name="one_favourite_per_person")]
        # The gallery by favourites, by keyset.
        indexes = [models.Index(fields=["person", "-created_at", "-id"], name="favourite_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.output_id}"


class Collection(models.Model):
    """Outputs that belong together: chosen one by one, or all that a search finds (`query`), now and later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    query = models.CharField(
        _("search"), max_length=500, blank=True, help_text=_("Whatever it finds of the owner's belongs here.")
    )
    cover = models.ForeignKey(
        Output, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover image")
    )
    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    shared_with = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="collections_shared", blank=True, verbose_name=_("shared with")
    )
    link_key = models.UUIDField(_("key of the link"), null=True, blank=True, unique=True)
    outputs = models.ManyToManyField(Output, through="CollectionItem", related_name="collections")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="collection_of_owner"),
            # Everybody's collections, by keyset.
            models.Index(
                fields=["-created_at", "-id"], name="collection_public", condition=models.Q(visibility="public")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_shared(self) -> bool:
        """Whether anybody but its owner sees it."""
        return self.visibility != Visibility.PRIVATE or self.shared_with.exists()


class CollectionItem(models.Model):
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    output = models.ForeignKey(Output, models.CASCADE, related_name="collection_items")
    place = models.FloatField(_("place"), default=0.0, help_text=_("The lowest comes first."))
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("item of a collection")
        verbose_name_plural = _("items of collections")
        constraints = [models.UniqueConstraint(fields=["collection", "output"], name="once_in_a_collection")]
        indexes = [models.Index(fields=["collection", "place", "id"], name="collection_in_order")]

    def __str__(self) -> str:
        return f"{self.collection_id} {self.output_id}"


class SavedSearch(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(_("search"), max_length=500)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="one_saved_search_of_a_name")]

    def __str__(self) -> str:
        return self.name
