// Command function-storage composes Storages.
package main

import (
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/functions/internal/serve"
)

func main() {
	serve.Main(func(log logging.Logger) fnv1.FunctionRunnerServiceServer { return NewFunction(log) })
}
