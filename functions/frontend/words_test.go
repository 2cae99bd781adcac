package frontend

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

var (
	word        = regexp.MustCompile(`(?m)^  "([^"]+)": (.+),$`)
	asksFor     = regexp.MustCompile(`\bt\("([^"]+)"`)
	anyText     = regexp.MustCompile(`"([a-z]+(?:\.[a-z_-]+)+)"`)
	placeholder = regexp.MustCompile(`\{(\w+)\}`)
)

// wordsOf reads one language's modules: each key with its text as it is written.
func wordsOf(t *testing.T, language string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	var all strings.Builder
	for name, content := range embedded(t) {
		if strings.HasPrefix(name, "js/words/"+language) {
			all.WriteString(content)
		}
	}
	for _, m := range word.FindAllStringSubmatch(all.String(), -1) {
		if _, twice := texts[m[1]]; twice {
			t.Errorf("%s has %s twice", language, m[1])
		}
		texts[m[1]] = m[2]
	}
	if len(texts) < 100 {
		t.Fatalf("only %d texts were found in %s", len(texts), language)
	}
	return texts
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	t.Parallel()
	en, fr := wordsOf(t, "en"), wordsOf(t, "fr")
	for key, text := range en {
		other, there := fr[key]
		if !there {
			t.Errorf("French lacks %s", key)
		} else if a, b := places(text), places(other); !slices.Equal(a, b) {
			t.Errorf("%s has %v in English and %v in French", key, a, b)
		}
	}
	for key := range fr {
		if _, there := en[key]; !there {
			t.Errorf("English lacks %s", key)
		}
	}
}

func places(text string) []string {
	found := []string{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryTextThatAModuleAsksForExists(t *testing.T) {
	t.Parallel()
	en := wordsOf(t, "en")
	for name, content := range embedded(t) {
		if !strings.HasSuffix(name, ".js") || strings.HasPrefix(name, "js/words/") {
			continue
		}
		for _, m := range asksFor.FindAllStringSubmatch(content, -1) {
			if _, there := en[m[1]]; !there {
				t.Errorf("%s asks for %s, which has no text", name, m[1])
			}
		}
		for _, m := range anyText.FindAllStringSubmatch(content, -1) {
			family := strings.SplitN(m[1], ".", 2)[0] + "."
			if _, there := en[m[1]]; !there && hasFamily(en, family) {
				t.Errorf("%s names %s, which looks like a text and is none", name, m[1])
			}
		}
	}
}

func hasFamily(texts map[string]string, family string) bool {
	for key := range texts {
		if strings.HasPrefix(key, family) {
			return true
		}
	}
	return false
}

// What the contract itself may say has to have a text, or a person would read a code.
func TestEveryStatusStateNotificationAndFactHasAText(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, s := range contract.Statuses {
		keys = append(keys, "status."+string(s))
	}
	for _, s := range []contract.Status{contract.Draft, contract.Completed, contract.Expired, contract.Cancelled, contract.Declined} {
		keys = append(keys, "waits."+string(s))
	}
	for _, s := range []contract.SignerState{contract.Waiting, contract.Invited, contract.HasSigned, contract.HasDeclined, contract.CouldNotBeAsked} {
		keys = append(keys, "signer."+string(s))
	}
	for _, l := range []contract.NotificationKind{contract.Invitation, contract.Reminder, contract.SignedCopyNotification, contract.DeclinedNotice, contract.ExpiredNotice, contract.CancelledNotice, contract.LateSignature} {
		keys = append(keys, "notification."+string(l), "history.mail.sent."+string(l))
	}
	for _, e := range []events.Payload{
		events.ContractDrafted{}, events.DocumentGenerated{}, events.DocumentRefused{}, events.SignatureOpened{}, events.SignatureChecked{},
		events.SignatureReported{}, events.SignatureFailed{}, events.MailSent{}, events.MailRefused{}, events.MailFailed{},
	} {
		keys = append(keys, "history."+e.Type())
	}
	for _, action := range []string{"send", "remind", "cancel", "retry", "set_aside", "send_again", "correct_address"} {
		keys = append(keys, "history.action."+action, "action."+action, "action."+action+".done")
	}
	for _, stage := range []string{"ready", "confirming", "preparing", "turn", "others", "closing", "withdrawing", "done", "late", "declined", "expired", "cancelled", "nolink", "dead", "over", "returned"} {
		keys = append(keys, "sign."+stage+".title", "sign."+stage+".text")
	}
	en := wordsOf(t, "en")
	for _, key := range keys {
		if _, there := en[key]; !there {
			t.Errorf("there is no text %s", key)
		}
	}
}
