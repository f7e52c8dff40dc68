"""Inventory: what goes into and comes out of OmnichannelInventoryService."""

from __future__ import annotations

from orderwright.rest.inventory import (
    availability,
    reservations,
    update,
    uploads,
    use,
)
from orderwright.rest.inventory import (
    representations as reservation_lines,
)

__all__ = [
    "OCICreateReservationInputRepresentation",
    "OCICreateReservationOutputRepresentation",
    "OCICreateReservationSingleInputRepresentation",
    "OCICreateReservationSingleOutputRepresentation",
    "OCIFulfillReservationErrorOutputRepresentation",
    "OCIFulfillReservationInputRepresentation",
    "OCIFulfillReservationOutputRepresentation",
    "OCIFulfillReservationSingleInputRepresentation",
    "OCIFutureInventoryOutputRepresentation",
    "OCIGetInventoryAvailabilityInputRepresentation",
    "OCIGetInventoryAvailabilityOutputRepresentation",
    "OCIInventoryRecordOutputRepresentation",
    "OCILocationAvailabilityOutputRepresentation",
    "OCILocationGroupAvailabilityOutputRepresentation",
    "OCIPublishLocationStructureOutputRepresentation",
    "OCIPublishLocationStructureStatusOutputRepresentation",
    "OCIReleaseReservationErrorOutputRepresentation",
    "OCIReleaseReservationInputRepresentation",
    "OCIReleaseReservationOutputRepresentation",
    "OCIReleaseReservationSingleInputRepresentation",
    "OCITransferReservationErrorOutputRepresentation",
    "OCITransferReservationInputRepresentation",
    "OCITransferReservationOutputRepresentation",
    "OCITransferReservationSingleInputRepresentation",
    "OCIUpdateReservationInputRepresentation",
    "OCIUpdateReservationOutputRepresentation",
    "OCIUpdateReservationSingleInputRepresentation",
    "OCIUpdateReservationSingleOutputRepresentation",
    "OCIUploadInventoryAvailabilityOutputRepresentation",
    "OCIUploadInventoryAvailabilityStatusOutputRepresentation",
]

OCIFutureInventoryOutputRepresentation = availability.FutureInventoryOutput
OCIGetInventoryAvailabilityInputRepresentation = availability.GetInventoryAvailabilityInput
OCIGetInventoryAvailabilityOutputRepresentation = availability.GetInventoryAvailabilityOutput
OCIInventoryRecordOutputRepresentation = availability.InventoryRecordOutput
OCILocationAvailabilityOutputRepresentation = availability.LocationAvailabilityOutput
OCILocationGroupAvailabilityOutputRepresentation = availability.LocationGroupAvailabilityOutput

OCICreateReservationSingleInputRepresentation = reservation_lines.ReservationSingleInput
OCIUpdateReservationSingleInputRepresentation = reservation_lines.ReservationSingleInput
OCICreateReservationSingleOutputRepresentation = reservation_lines.ReservationSingleOutput
OCIUpdateReservationSingleOutputRepresentation = reservation_lines.UpdateSingleOutput

OCICreateReservationInputRepresentation = reservations.CreateReservationInput
OCICreateReservationOutputRepresentation = reservations.CreateReservationOutput

OCIUpdateReservationInputRepresentation = update.UpdateReservationInput
OCIUpdateReservationOutputRepresentation = update.UpdateReservationOutput

OCIFulfillReservationErrorOutputRepresentation = use.ActionErrorOutput
OCIReleaseReservationErrorOutputRepresentation = use.ActionErrorOutput
OCITransferReservationErrorOutputRepresentation = use.ActionErrorOutput
OCIFulfillReservationInputRepresentation = use.FulfillReservationInput
OCIFulfillReservationSingleInputRepresentation = use.FulfillReservationSingleInput
OCIReleaseReservationInputRepresentation = use.ReleaseReservationInput
OCIReleaseReservationSingleInputRepresentation = use.ReleaseReservationSingleInput
OCIFulfillReservationOutputRepresentation = use.ReservationActionOutput
OCIReleaseReservationOutputRepresentation = use.ReservationActionOutput
OCITransferReservationOutputRepresentation = use.ReservationActionOutput
OCITransferReservationInputRepresentation = use.TransferReservationInput
OCITransferReservationSingleInputRepresentation = use.TransferReservationSingleInput

OCIPublishLocationStructureOutputRepresentation = uploads.UploadOutput
OCIUploadInventoryAvailabilityOutputRepresentation = uploads.UploadOutput
OCIPublishLocationStructureStatusOutputRepresentation = uploads.UploadStatusOutput
OCIUploadInventoryAvailabilityStatusOutputRepresentation = uploads.UploadStatusOutput
