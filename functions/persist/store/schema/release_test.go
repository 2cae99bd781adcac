package schema

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for i, m := range Current().Migrations {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(m.Name, want) || m.Number != i+1 {
			t.Errorf("%s stands where %s… should", m.Name, want)
		}
	}
	if Current().Newest() == 0 {
		t.Error("there are no migrations")
	}
}

// Every line that looks like the mark is one: a misspelt one would let an old program in.
func TestMigrationsSayRightlyWhatTheOldestProgramIs(t *testing.T) {
	t.Parallel()
	looks := regexp.MustCompile(`(?im)^--\s*oldest[- ]program.*$`)
	form := regexp.MustCompile(`^` + OldestMark + `\d{4}$`)
	for _, m := range Current().Migrations {
		found := looks.FindAllString(m.Text, -1)
		if len(found) > 1 || len(found) == 1 && !form.MatchString(found[0]) || m.oldest() > m.Number {
			t.Errorf("%s says %q, read as %d", m.Name, found, m.oldest())
		}
	}
}
