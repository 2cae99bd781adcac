// Package api answers the calls about contracts: it asks persist as the person who calls, decides by shared/lifecycle whether what
// they ask for can be done, and has it written down.
package api

import (
	"log/slog"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// API answers the calls about contracts. It keeps nothing between two requests.
type API struct {
	Record  *persistclient.Client // speaks as orchestrate itself
	Service signing.Service
	Seal    auth.SealKeys
	Context auth.SealContext // where the signature service's messages about our requests come in
	Now     func() time.Time
	Log     *slog.Logger
}

// contractOf asks for the contract of the path, as the caller.
func contractOf(c rest.Call) (persistclient.View, error) {
	return c.Record.Contract(c.R.Context(), contract.ID(c.R.PathValue("id")))
}
