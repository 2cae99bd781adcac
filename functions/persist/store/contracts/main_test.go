package contracts

import (
	"os"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }
