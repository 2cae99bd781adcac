// Package persist assembles the function that remembers: it writes down what happened to each contract, publishes how the
// contract then stands, and answers the other functions' questions. What it is made of is below: calls over HTTP in httpapi,
// all SQL in store, the hash chain in history, and what callers are shown in access.
package persist

import (
	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// Manifest is what persist promises.
var Manifest = function.Manifest{
	Name: access.Persist,
	Consumes: []events.Payload{
		events.DocumentGenerated{}, events.DocumentRefused{},
		events.SignatureOpened{}, events.SignatureChecked{}, events.SignatureFailed{}, events.SignatureReported{},
		events.MailSent{}, events.MailFailed{}, events.MailRefused{},
		events.ClockTicked{},
	},
	Produces: []events.Payload{
		events.ContractDrafted{}, events.ContractPreparing{}, events.ContractSent{}, events.ContractRecorded{},
		events.ContractSigned{}, events.ContractCompleted{}, events.ContractDeclined{}, events.ContractExpired{},
		events.ContractCancelled{}, events.ContractDue{}, events.SweepDue{},
	},
	Settings: Settings{},
}

// Settings are what persist needs to know.
type Settings struct {
	// Database is the database as the role that serves: not the tables' owner, and bound by row-level security.
	Database dsn.URL `envconfig:"DATABASE_URL" required:"true"`
	// Migration is the same database as the tables' owner. Without it nothing is migrated here.
	Migration dsn.URL `envconfig:"MIGRATION_DATABASE_URL"`
	// Reading is the same database as a role that only reads, for the operator's reports. It is made when the owner
	// migrates; nothing here connects with it.
	Reading dsn.URL `envconfig:"READING_DATABASE_URL"`

	// Backup is the same database as a role that reads everything, for pg_dump. It is made like the one for reports.
	Backup dsn.URL `envconfig:"BACKUP_DATABASE_URL"`

	// Pooler is what stands between this function and its database.
	Pooler postgres.Pooler `envconfig:"DATABASE_POOLER" default:"auto"`

	SessionKeys  auth.PublicKeys  `envconfig:"SESSION_PUBLIC_KEYS" required:"true"`
	FunctionKey  auth.PrivateKeys `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "persist"
	FunctionKeys auth.PublicKeys  `envconfig:"FUNCTION_PUBLIC_KEYS" required:"true"`
	PublicURL    function.URL     `envconfig:"PUBLIC_URL" required:"true"` // issuer and audience of session tokens

	FirstAdministrator firstAdministrator `envconfig:"FIRST_ADMINISTRATOR"`

	// LookEvery is how often the signature service is asked about a sent contract that nothing was learned of. Its calls
	// are counted: 15 minutes cost one contract at most four an hour, and ever fewer, since the wait doubles.
	LookEvery lookEvery `envconfig:"LOOK_EVERY" default:"15m"`
	// LooksPerMinute bounds those looks, one call of the signature service each: together with links and signed copies
	// they share what the service allows (SIGNATURE_CALLS_PER_MINUTE). 0 is no limit. Recoveries are not bounded by it.
	LooksPerMinute looksPerMinute `envconfig:"LOOKS_PER_MINUTE" default:"15"`

	// SweepEvery is how often orchestrate looks through every request at the signature service for those that belong to no
	// attempt on record, as after a restore: one call for each hundred requests.
	SweepEvery sweepEvery `envconfig:"SWEEP_EVERY" default:"24h"`

	// LinkLifetime is for how long after a contract's completion the links in its notifications still open it, so that a signer
	// can fetch the signed copy. Whoever finds such a notification years later opens nothing.
	LinkLifetime lifetime `envconfig:"LINK_LIFETIME" default:"8760h"`
	// DeadLetterLifetime is for how long an event that nobody could take is kept, to be looked at and replayed.
	DeadLetterLifetime lifetime `envconfig:"DEAD_LETTER_LIFETIME" default:"720h"`

	// RefreshReuseInterval is for how long a refresh token that was used leads to its successor again, because the answer
	// may have been lost or another tab been faster. After that it was stolen, and ends the sessions of its log-in.
	RefreshReuseInterval reuseInterval `envconfig:"REFRESH_REUSE_INTERVAL" default:"20s"`
}

// New makes the function. It does not wait for the database: until it is there, everything is answered with 503.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	f, _, err := Assemble(b, s)
	return f, err
}
