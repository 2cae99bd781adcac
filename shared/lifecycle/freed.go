package lifecycle

import (
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// FaultOver says of which outside service ("signature" or "mail") a fact shows that a fault of the installation is over:
// something of it succeeded for a contract that had waited because of such a fault. Empty if it shows nothing of the kind.
func FaultOver(before, after contract.Contract, fact events.Payload) string {
	switch fact.(type) {
	case events.SignatureOpened, events.SignatureChecked, events.MailSent:
	default:
		return ""
	}
	for _, t := range before.Troubles {
		if t.Ours && About(after, t.About) == nil {
			return ServiceOf(t.Cause)
		}
	}
	return ""
}

// ServiceOf is the outside service that a cause is about, or what else it is about: "mail" of "mail.unauthorized".
func ServiceOf(cause string) string {
	service, _, _ := strings.Cut(cause, ".")
	return service
}

// Freed lets what waits because of a fault of the installation be tried at once, where that fault is over for others.
func Freed(c contract.Contract, at time.Time) Change {
	after := clone(c)
	for i := range after.Notifications {
		l := &after.Notifications[i]
		if t := About(after, AboutNotification(*l)); t != nil && t.Ours && l.Outstanding() {
			l.NextTry = time.Time{}
		}
	}
	return changed(c, after, at)
}
