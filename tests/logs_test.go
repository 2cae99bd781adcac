package tests

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// The logs of the whole journey, and of everything that goes wrong beside it, hold nothing that is personal and nothing
// that lets anybody in. They hold ids: with those, whoever may can look the rest up.
func TestLogsHoldNothingPersonalAndNothingSecret(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *devstack.Options) { o.Settings = map[string]string{"LOG_LEVEL": "debug"} })
	refused := reporter(o, 8)
	o.Mailbox().Misbehave(mailbox.Faults{Refused: []string{refused.Signer.Email}})
	if err := o.Yousign().Faults().Set(faults.Plan{API: faults.APIFaults{Fails: 1, Times: 2}, Webhooks: faults.WebhookFaults{AlteredBody: 1, WrongSignature: 1, ForeignExternalID: 1}}); err != nil {
		t.Fatal(err)
	}
	ctx, fact := within(t), patient(reporter(o, 7))
	if err := fact.UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	if err := refused.UpTo(ctx, scenario.Sent); err != nil {
		t.Fatal(err)
	}
	secrets := append(goWrong(t, o), opened(t, o, fact.Signer)...)
	end, err := fact.Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a notification is refused", func() bool { return strings.Contains(logOf(t, o, "send-mail"), `"published":["mail.refused"]`) })
	secrets = append(secrets, refused.Signer.Email, end.Title, fact.Signer.FirstName, fact.Signer.LastName, fact.Signer.Email, strings.TrimPrefix(fact.Signer.Phone, "+"))
	secrets = append(secrets, opened(t, o, fact.Signer)...)
	secrets = append(secrets, kept(t, o)...)
	for _, a := range o.Run.Accounts {
		secrets = append(secrets, a.Email, a.Password)
		if a.Name != "Administrator" { // that is what the first account is called, whoever it is
			secrets = append(secrets, a.Name)
		}
	}
	assertAbsent(t, o, secrets)
}

// goWrong does what people and strangers do wrong, each time with something in it that may not be told, and returns
// what that was.
func goWrong(t *testing.T, o *devstack.Stack) []string {
	t.Helper()
	const name, mail, word, number = "Wrzesniewska", "wrzesniewska@example.org", "a wrong password", "33699999999"
	page, token := o.Run.Page+"/api/v1", logIn(t, o, 0)
	draft := `{"template":"service-agreement","title":"` + name + `","language":"fr","data":{"client":"` + name + `"},"signers":[{"first_name":"` + name + `","email":"` + name + `@","phone":"` + number + `"}]}`
	header := map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "x", "Ce-Source": "orchestrate", "Ce-Type": "dev.paraphe.mail.send", "Ce-Subject": strings.Repeat("a", 26)}
	idempotent := map[string]string{"Idempotency-Key": "once"}
	for _, c := range []struct {
		address, token, body string
		header               map[string]string
	}{
		{page + "/session", "", `{"email":"` + mail + `","password":"` + word + `"}`, nil},
		{page + "/session", "", `{"email":"` + o.Run.Accounts[0].Email + `","password":"` + word + `"}`, nil},
		{page + "/session", "", `{"link":"` + name + `"}`, nil},
		{page + "/session", "", `{"` + mail + `":1}`, nil},
		{page + "/session/refresh", "", `{}`, map[string]string{"Cookie": "refresh=" + name}},
		{page + "/contracts", token + "x", draft, idempotent},
		{page + "/contracts", name, draft, idempotent},
		{page + "/contracts", token, draft, idempotent},
		{page + "/contracts", token, `{"` + mail + `":1}`, idempotent},
		{page + "/contracts", token, `{"title":` + number + `}`, idempotent},
		{page + "/contracts/" + url.PathEscape(mail) + "/send", token, `{}`, idempotent},
		{page + "/contracts/" + strings.Repeat("a", 26) + "/cancel?reason=" + name, token, `{"reason":"` + name + `"}`, map[string]string{"Idempotency-Key": mail}},
		{page + "/users", logIn(t, o, 2), `{"email":"` + mail + `","name":"` + name + `","role":"` + name + `","password":"` + word + `"}`, idempotent},
		{o.Run.Page + "/sign?" + name, "", "", nil},
		{o.Run.Functions["receive-webhook"] + "/yousign/" + name, "", draft, map[string]string{"X-Yousign-Signature-256": "sha256=" + name}},
		{o.Run.Functions["send-mail"], "", `{"kind":"` + name + `","sequence":` + number + `.5}`, header},
		{o.Run.Functions["persist"], "", `{"kind":"` + name, header},
		{o.Run.Functions["persist"] + "/users/by-email", name, `{"email":"` + mail + `"}`, nil},
		{o.Run.Functions["persist"] + "/links/open", token, `{"digest":"` + name + `"}`, nil},
	} {
		if status := post(t, c.address, c.token, c.body, c.header); status < 300 {
			t.Errorf("%s with %.60s: %d", c.address, c.body, status)
		}
	}
	_ = get(t, page+"/contracts?q="+name+"&cursor="+name, token)
	_ = get(t, page+"/contracts?status="+name, token)
	return []string{name, mail, word, number, token[strings.LastIndex(token, ".")+1:]}
}

// opened is what the notifications and messages to a person let them in with: links and codes.
func opened(t *testing.T, o *devstack.Stack, who scenario.Customer) (secrets []string) {
	t.Helper()
	mails, err := scenario.Mails(t.Context(), o.Run.Mailbox, who.Email)
	if err != nil || len(mails) == 0 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	for _, m := range mails {
		for _, link := range m.Links {
			if _, secret, found := strings.Cut(link, "#"); found {
				secrets = append(secrets, secret)
			}
		}
	}
	var messages []struct{ Code string }
	if err := json.Unmarshal([]byte(get(t, o.Run.Phone+"/api/messages?to="+url.QueryEscape(who.Phone), "")), &messages); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		secrets = append(secrets, m.Code)
	}
	return secrets
}

// kept is every secret that the stack made for itself, and the database's password.
func kept(t *testing.T, o *devstack.Stack) (secrets []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.Dir(), "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range all {
		switch v := value.(type) {
		case string:
			secrets = append(secrets, strings.TrimRight(v, "="))
		case map[string]any:
			for _, seed := range v {
				secrets = append(secrets, strings.TrimRight(seed.(string), "="))
			}
		default:
			t.Errorf("%s is %T", name, v)
		}
	}
	if u, err := url.Parse(o.Run.Database); err == nil {
		if word, set := u.User.Password(); set {
			secrets = append(secrets, word)
		}
	}
	return secrets
}

// forms is what may not be told whatever its value: a token, an address of a hosted page, an e-mail address, a seal, an
// API key, a database's address with a password.
var forms = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}|Bearer |/signatures/|[\w.]+@[\w.]+\.\w+|\bp1\.[\w-]+\.|\bSG\.\w+|://[^/\s"]+:[^/\s"]+@|\$argon2id|sha256=`)

// assertAbsent looks for each in the log of each function.
func assertAbsent(t *testing.T, o *devstack.Stack, secrets []string) {
	t.Helper()
	var words []string
	for _, secret := range secrets {
		if len(secret) < 3 {
			t.Fatalf("%q is too short to be looked for", secret)
		}
		words = append(words, regexp.QuoteMeta(secret))
	}
	fact := regexp.MustCompile(`(?i)(^|[^A-Za-z0-9])(` + strings.Join(words, "|") + `)($|[^A-Za-z0-9])`) // a code of six digits may stand within a time
	files, err := filepath.Glob(filepath.Join(o.Dir(), "log", "*.log"))
	if err != nil || len(files) != len(o.Run.Functions) {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file) // the test's own folder
		if err != nil || len(text) == 0 {
			t.Errorf("%s says nothing (%v)", filepath.Base(file), err)
		}
		for line := range strings.Lines(string(text)) {
			if found := forms.FindString(line); found != "" {
				t.Errorf("%s holds %q: %s", filepath.Base(file), found, line)
			}
			if found := fact.FindString(line); found != "" {
				t.Errorf("%s holds %q: %s", filepath.Base(file), found, line)
			}
		}
	}
}
