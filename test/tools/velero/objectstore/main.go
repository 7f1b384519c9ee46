// Command objectstore is a plugin by which a real Velero keeps backups in an S3 API. It
// stands in for velero-plugin-for-aws, which comes as an image: the same name, the same
// configuration, the same library.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/sirupsen/logrus"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

func main() {
	framework.NewServer().
		RegisterObjectStore("velero.io/aws", func(logrus.FieldLogger) (any, error) { return &store{}, nil }).
		Serve()
}

// store is an ObjectStore of Velero's.
type store struct{ client *s3.Client }

// Init reads what a BackupStorageLocation configures. The keys come from the
// environment, as in a pod that Velero's chart makes.
func (s *store) Init(c map[string]string) error {
	if c["s3Url"] == "" || c["region"] == "" {
		return fmt.Errorf("the storage location needs s3Url and region, got %v", c)
	}
	pathStyle, err := strconv.ParseBool(c["s3ForcePathStyle"])
	if err != nil {
		return fmt.Errorf("s3ForcePathStyle: %w", err)
	}
	loaded, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(c["region"]),
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired))
	if err != nil {
		return err
	}
	s.client = s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String(c["s3Url"]), pathStyle
	})
	return nil
}

func (s *store) PutObject(bucket, key string, body io.Reader) error {
	// The SDK wants to know the length, and a backup here is small.
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	_, err = s.client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)})
	return err
}

func (s *store) ObjectExists(bucket, key string) (bool, error) {
	_, err := s.client.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	var missing *types.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

func (s *store) GetObject(bucket, key string) (io.ReadCloser, error) {
	out, err := s.client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func (s *store) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	var out []string
	err := s.list(&s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, Delimiter: &delimiter}, func(page *s3.ListObjectsV2Output) {
		for _, p := range page.CommonPrefixes {
			out = append(out, aws.ToString(p.Prefix))
		}
	})
	return out, err
}

func (s *store) ListObjects(bucket, prefix string) ([]string, error) {
	var out []string
	err := s.list(&s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}, func(page *s3.ListObjectsV2Output) {
		for _, o := range page.Contents {
			out = append(out, aws.ToString(o.Key))
		}
	})
	return out, err
}

func (s *store) list(in *s3.ListObjectsV2Input, each func(*s3.ListObjectsV2Output)) error {
	pages := s3.NewListObjectsV2Paginator(s.client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return err
		}
		each(page)
	}
	return nil
}

func (s *store) DeleteObject(bucket, key string) error {
	_, err := s.client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return err
}

func (s *store) CreateSignedURL(bucket, key string, ttl time.Duration) (string, error) {
	req, err := s3.NewPresignClient(s.client).PresignGetObject(context.Background(),
		&s3.GetObjectInput{Bucket: &bucket, Key: &key}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", err
	}
	return req.URL, nil
}
