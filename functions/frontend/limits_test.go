package frontend

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/fields"
)

// What the pages let people type is what the API takes: no field ends where another rule says so.
func TestThePagesHaveTheLimitsOfTheAPI(t *testing.T) {
	t.Parallel()
	want := map[string]string{"PHONE": fields.PhonePattern}
	for name, limit := range map[string]int{
		"TITLE": fields.TitleLimit, "NAME": fields.NameLimit, "SIGNER_EMAIL": fields.SignerEmailLimit, "ACCOUNT_EMAIL": fields.AccountEmailLimit,
		"REASON": fields.ReasonLimit, "SIGNERS": fields.SignersLimit, "PASSWORD_LEAST": fields.PasswordLeast, "SECRET": fields.SecretLimit,
	} {
		want[name] = strconv.Itoa(limit)
	}
	for _, found := range regexp.MustCompile(`export const ([A-Z_]+) = "?([^";]+)"?;`).FindAllStringSubmatch(pageText(t, "js/limits.js"), -1) {
		if got := strings.ReplaceAll(found[2], `\\`, `\`); got != want[found[1]] {
			t.Errorf("%s is %s on the pages and %q in shared/fields", found[1], got, want[found[1]])
		}
		delete(want, found[1])
	}
	for name := range want {
		t.Errorf("js/limits.js has no %s", name)
	}
}

// A limit that a page writes itself would be the second one of its kind.
func TestNoPageHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	own := regexp.MustCompile(`(?:max|min)length: *[0-9]+`)
	err := fs.WalkDir(files, "pages/js", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) == "limits.js" {
			return err
		}
		text := pageText(t, strings.TrimPrefix(name, "pages/"))
		for _, found := range own.FindAllString(text, -1) {
			if !strings.Contains(found, "2000") { // a whole link, pasted: its secret is cut out of it
				t.Errorf("%s: %s", name, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pageText(t *testing.T, name string) string {
	t.Helper()
	text, err := files.ReadFile("pages/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
