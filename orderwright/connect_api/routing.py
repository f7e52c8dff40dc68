"""Routing: where an order can ship from, how far that is, and how much a location can take."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import Asks, calling
from orderwright.rest.routing import find_routes_with_fewest_splits as routes
from orderwright.rest.routing import find_routes_with_fewest_splits_using_oci as routes_using_oci
from orderwright.rest.routing import rank_by_average_distance as ranking
from orderwright.rest.routing.fulfillment_order_capacity import (
    confirm_held_capacity,
    get_capacity_values,
    hold_capacity,
    release_held_capacity,
)


@dataclass(frozen=True, slots=True)
class Routing:
    """ConnectApi.Routing: routes, distances and capacity.

    Every method raises a ConnectApiException, as those of OrderSummary do.
    """

    connection: Asks

    def confirm_held_fo_capacity(
        self, confirm_held_fo_capacity_input: documented.ConfirmHeldFOCapacityInputRepresentation
    ) -> documented.ConfirmHeldFOCapacityOutputRepresentation:
        """What became of each request to make held capacity assigned, in their order.

        ConnectApi.Routing.confirmHeldFOCapacity, API version 55.0.
        Raises RefusedException for an input that names no request, or one twice.
        """
        return self.connection.ask(
            calling(confirm_held_capacity.confirm_held_capacity, body=confirm_held_fo_capacity_input)
        )

    def find_routes_with_fewest_splits(
        self,
        find_routes_with_fewest_splits_input_representation: documented.FindRoutesWithFewestSplitsInputRepresentation,
    ) -> documented.FindRoutesWithFewestSplitsOutputRepresentation:
        """Every smallest combination of locations that has what is wanted; none found is an empty list.

        ConnectApi.Routing.findRoutesWithFewestSplits, API version 51.0.
        Raises RefusedException for quantities that are not above zero.
        """
        return self.connection.ask(
            calling(routes.find_routes_with_fewest_splits, body=find_routes_with_fewest_splits_input_representation)
        )

    def find_routes_with_fewest_splits_using_oci(
        self,
        find_routes_with_fewest_splits_using_oci_input: (
            documented.FindRoutesWithFewestSplitsUsingOCIInputRepresentation
        ),
    ) -> documented.FindRoutesWithFewestSplitsUsingOCIOutputRepresentation:
        """These combinations for each order of the input, with what the inventory has of it.

        ConnectApi.Routing.findRoutesWithFewestSplitsUsingOCI, API version 54.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(
            calling(
                routes_using_oci.find_routes_with_fewest_splits_using_oci,
                body=find_routes_with_fewest_splits_using_oci_input,
            )
        )

    def get_fo_capacity_values(
        self, get_fo_capacity_values_input: documented.GetFOCapacityValuesRequestInputRepresentation
    ) -> documented.GetFOCapacityValuesOutputRepresentation:
        """How many fulfillment orders each location can take, has, and is held for.

        ConnectApi.Routing.getFOCapacityValues, API version 55.0.
        Raises RefusedException for an empty input; a location that is not known has an `error` of its own.
        """
        return self.connection.ask(calling(get_capacity_values.get_capacity_values, body=get_fo_capacity_values_input))

    def hold_fo_capacity(
        self, hold_fo_capacity_input: documented.HoldFOCapacityInputRepresentation
    ) -> documented.HoldFOCapacityOutputRepresentation:
        """What became of each request to hold capacity, in their order. Holds lapse.

        ConnectApi.Routing.holdFOCapacity, API version 55.0.
        Raises RefusedException for an input that names no request, or one twice.
        """
        return self.connection.ask(calling(hold_capacity.hold_capacity, body=hold_fo_capacity_input))

    def rank_average_distance(
        self, rank_average_distance_input_representation: documented.RankAverageDistanceInputRepresentation
    ) -> documented.RankAverageDistanceOutputRepresentation:
        """Sets of locations, ranked by their average distance to the recipient.

        ConnectApi.Routing.rankAverageDistance, API version 51.0.
        Raises RefusedException for a country or a unit that is not known.
        """
        return self.connection.ask(
            calling(ranking.rank_by_average_distance, body=rank_average_distance_input_representation)
        )

    def release_held_fo_capacity(
        self, release_held_fo_capacity_input: documented.ReleaseHeldFOCapacityInputRepresentation
    ) -> documented.ReleaseHeldFOCapacityOutputRepresentation:
        """What became of each request to give held capacity back, in their order.

        ConnectApi.Routing.releaseHeldFOCapacity, API version 55.0.
        Raises RefusedException for an input that names no request, or one twice.
        """
        return self.connection.ask(
            calling(release_held_capacity.release_held_capacity, body=release_held_fo_capacity_input)
        )
