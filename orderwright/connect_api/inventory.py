"""OmnichannelInventoryService: how much there is where, and who has it reserved."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import Asks, calling
from orderwright.rest.inventory import availability, location_graph, reservations, update, uploads, use
from orderwright.rest.representations import NoInput


@dataclass(frozen=True, slots=True)
class BinaryInput:
    """ConnectApi.BinaryInput: the content of a file, what it is sent as, and its name.

    `text/csv` is read as CSV, everything else as one JSON object in each line.
    """

    blob: bytes
    content_type: str = "application/x-ndjson"
    filename: str = "inventory.json"


@dataclass(frozen=True, slots=True)
class OmnichannelInventory:
    """ConnectApi.OmnichannelInventoryService: availability, uploads, the location graph and reservations.

    Quantities are Decimals; a place is a location or a group, by its ExternalReference. Every method raises a
    ConnectApiException, as those of OrderSummary do.
    """

    connection: Asks

    def create_reservation(
        self, create_reservation_input_representation: documented.OCICreateReservationInputRepresentation
    ) -> documented.OCICreateReservationOutputRepresentation:
        """What was reserved of each record; the actionRequestId becomes the reservation's id.

        ConnectApi.OmnichannelInventoryService.createReservation, API version 51.0.
        Raises RefusedException when not all is there and part of it is not allowed; its output has the records.
        """
        return self.connection.ask(
            calling(reservations.create_reservation, body=create_reservation_input_representation)
        )

    def fulfill_reservation(
        self, fulfill_reservation_input_representation: documented.OCIFulfillReservationInputRepresentation
    ) -> documented.OCIFulfillReservationOutputRepresentation:
        """The records that could not be taken off their locations, in `errors`; each is done or refused alone.

        ConnectApi.OmnichannelInventoryService.fulfillReservation, API version 51.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(calling(use.fulfill_reservation, body=fulfill_reservation_input_representation))

    def get_inventory_availability(
        self, inventory_availability_input_representation: documented.OCIGetInventoryAvailabilityInputRepresentation
    ) -> documented.OCIGetInventoryAvailabilityOutputRepresentation:
        """How much there is of some SKUs at some places; of one group, also at each of its locations.

        ConnectApi.OmnichannelInventoryService.getInventoryAvailability, API version 51.0.
        Raises RefusedException for a place that is not published.
        """
        return self.connection.ask(
            calling(availability.get_availability, body=inventory_availability_input_representation)
        )

    def get_inventory_availability_upload_status(
        self, upload_id: str
    ) -> documented.OCIUploadInventoryAvailabilityStatusOutputRepresentation:
        """How far the upload of a file is, and which of its records were not valid.

        ConnectApi.OmnichannelInventoryService.getInventoryAvailabilityUploadStatus, API version 51.0.
        Raises NotFoundException for no upload.
        """
        return self.connection.ask(calling(uploads.upload_availability_status, upload_id=upload_id))

    def get_publish_location_structure_status(
        self, upload_id: str
    ) -> documented.OCIPublishLocationStructureStatusOutputRepresentation:
        """What was published, and what was left out and why.

        ConnectApi.OmnichannelInventoryService.getPublishLocationStructureStatus, API version 51.0.
        Raises NotFoundException for no publication.
        """
        return self.connection.ask(calling(location_graph.publish_location_graph_status, upload_id=upload_id))

    def publish_location_structure(self) -> documented.OCIPublishLocationStructureOutputRepresentation:
        """The id of the publication, which is done: locations and groups marked ShouldSyncWithOci are known now.

        ConnectApi.OmnichannelInventoryService.publishLocationStructure, API version 51.0.
        Raises ForbiddenException without the right to publish.
        """
        return self.connection.ask(calling(location_graph.publish_location_graph, body=NoInput()))

    def release_reservation(
        self, release_reservation_input_representation: documented.OCIReleaseReservationInputRepresentation
    ) -> documented.OCIReleaseReservationOutputRepresentation:
        """The records that could not be given back, in `errors`; each is done or refused alone.

        ConnectApi.OmnichannelInventoryService.releaseReservation, API version 51.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(calling(use.release_reservation, body=release_reservation_input_representation))

    def submit_inventory_availability_upload(
        self, file_upload: BinaryInput
    ) -> documented.OCIUploadInventoryAvailabilityOutputRepresentation:
        """The id of the upload of a file of inventory records, which a worker carries out.

        ConnectApi.OmnichannelInventoryService.submitInventoryAvailabilityUpload, API version 51.0 (NDJSON), 63.0 (CSV).
        Raises RefusedException for a file that is too large.
        """
        sent = (file_upload.filename, file_upload.blob, file_upload.content_type)
        call = replace(calling(uploads.upload_availability), file=(uploads.PART, sent))
        return self.connection.ask(call)

    def transfer_reservation(
        self, transfer_reservation_input_representation: documented.OCITransferReservationInputRepresentation
    ) -> documented.OCITransferReservationOutputRepresentation:
        """The records that could not be moved, in `errors`; each is done or refused alone, or all of them together.

        ConnectApi.OmnichannelInventoryService.transferReservation, API version 51.0.
        Raises RefusedException when all or none were to be moved, and one cannot.
        """
        return self.connection.ask(calling(use.transfer_reservation, body=transfer_reservation_input_representation))

    def update_reservation(
        self, update_reservation_input_representation: documented.OCIUpdateReservationInputRepresentation
    ) -> documented.OCIUpdateReservationOutputRepresentation:
        """What is reserved now of each record, and by how much it changed.

        ConnectApi.OmnichannelInventoryService.updateReservation, API version 61.0.
        Raises RefusedException for a reservation that is not there, or when not all is there and part is not allowed.
        """
        return self.connection.ask(calling(update.update_reservation, body=update_reservation_input_representation))
